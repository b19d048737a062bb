import type { Screen } from '../terminal';
import type { Result, Told } from './demo-state';
import type { Reporter } from './reporter';

/** One JSON document a line: events as they come, an outcome for each scenario. */
export function jsonReporter(screen: Screen): Reporter {
  const line = (value: object) => void screen.write(`${JSON.stringify(value)}\n`);
  return {
    begin(story) {
      const { kubeconfig } = story.state();
      if (kubeconfig) line({ kubeconfig });
    },
    told({ timeMs, scenario, type, reason, message, phase, weight }: Told) {
      line({ time: new Date(timeMs).toISOString(), scenario, type, reason, message, phase, weight });
    },
    chapter(_chapter, result: Result | undefined) {
      if (!result) return;
      const { scenario, outcome, expected, ok, problems, tookMs, users } = result;
      line({ scenario, outcome, expected, ok, ...(ok ? {} : { problems }), seconds: Math.round(tookMs / 1000), users });
    },
    end() {},
  };
}
