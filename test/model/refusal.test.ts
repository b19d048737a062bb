/** Missing rights, told so that whoever reads it can grant them. */
import { refusalText } from '../../model/refusal';

const ROLE = "in the controller's role; serin install prints one for each provider and option";
const cannot = (verb: string, resource: string, group: string) =>
  `x is forbidden: User "system:serviceaccount:serin" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "test"`;

test.each([
  ['a right of the core group', cannot('list', 'services', ''), `allow list on services ${ROLE}`],
  ['a right of another group', cannot('patch', 'deployments', 'apps'), `allow patch on deployments of apps ${ROLE}`],
  [
    'an owner that may not block',
    'x is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can’t set finalizers on',
    `allow update on canaries/finalizers of flagger.app ${ROLE}`,
  ],
  [
    'an owner that may not be',
    "x is forbidden: cannot set an ownerRef on a resource you can't delete",
    `allow update on canaries/finalizers of flagger.app ${ROLE}`,
  ],
])('%s', (_, text, remedy) => {
  expect(refusalText(text, 'GET /x')).toBe(`GET /x: ${text}: ${remedy}`);
});

test('what is forbidden for another reason stays as it is', () => {
  expect(refusalText('pods "x" is forbidden: exceeded quota', 'POST /x')).toBe('pods "x" is forbidden: exceeded quota');
});
