/** The example of a rollout test runs as it stands. */
jest.setTimeout(60_000);

describe('examples/podinfo-rollout', () => {
  require('../../examples/podinfo-rollout/podinfo.rollout.test');
});
