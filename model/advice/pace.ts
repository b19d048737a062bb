/** Whether a release moves at a speed at which people and pods can follow. */
import { formatDuration, progressDeadlineSeconds } from '../defaults';
import type { Problem } from '../problem';
import { type Subject, warning } from './subject';

const LONGEST_MS = 12 * 3_600_000;
const BIGGEST_FIRST_STEP = 50;
const LEAST_SEEN = 20;

export const paceAdvice = (subject: Subject): Problem[] => [
  ...tooLong(subject),
  ...tooFew(subject),
  ...firstStep(subject),
  ...lastStep(subject),
  ...deadline(subject),
  ...mirroredWrites(subject),
];

function tooLong({ schedule }: Subject): Problem[] {
  const { shortestMs, analyses, intervalMs } = schedule;
  if (shortestMs <= LONGEST_MS) return [];
  const message = `makes a release take at least ${formatDuration(shortestMs)} (${analyses} steps): a fix waits as long, and the next release replaces it half way`;
  return [
    warning('spec.analysis.interval', formatDuration(intervalMs), message, 'shorten the interval, or take fewer steps'),
  ];
}

function tooFew({ schedule, analysis }: Subject): Problem[] {
  if (schedule.analyses >= 2 || (analysis.metrics ?? []).length === 0) return [];
  const field = analysis.iterations ? 'iterations' : analysis.stepWeights ? 'stepWeights' : 'stepWeight';
  const message = 'leaves one analysis before all users get the version';
  return [warning(`spec.analysis.${field}`, analysis[field], message, 'take at least two steps')];
}

function firstStep({ schedule, analysis }: Subject): Problem[] {
  const [first = 0] = schedule.weights;
  if (first <= BIGGEST_FIRST_STEP) return [];
  const field = analysis.stepWeights ? 'stepWeights' : 'stepWeight';
  const message = `gives ${first} % of the users to a version that nobody has tried`;
  return [warning(`spec.analysis.${field}`, analysis[field], message, 'begin with 10 or less')];
}

function lastStep({ schedule, analysis }: Subject): Problem[] {
  const last = schedule.weights.at(-1);
  if (last === undefined || last >= LEAST_SEEN) return [];
  const field = analysis.stepWeights ? 'stepWeights' : 'maxWeight';
  const message = `promotes a version that never had more than ${last} % of the load: what breaks under the rest is seen by all`;
  return [warning(`spec.analysis.${field}`, analysis[field], message, `go to ${LEAST_SEEN} or more, 50 is usual`)];
}

/** Metrics that are away hold a release; the deadline counts then, too. */
function deadline({ canary, schedule }: Subject): Problem[] {
  const seconds = progressDeadlineSeconds(canary);
  if (seconds * 1000 >= schedule.intervalMs) return [];
  const message = `is shorter than one interval (${formatDuration(schedule.intervalMs)}): pods that take longer to start, or metrics that are away for a step, end the release`;
  return [warning('spec.progressDeadlineSeconds', seconds, message, 'give it a few intervals')];
}

function mirroredWrites({ analysis }: Subject): Problem[] {
  if (analysis.mirror !== true || (analysis.match ?? []).length > 0) return [];
  const message = 'sends each request twice: what writes, mails or charges does so twice';
  return [
    warning('spec.analysis.mirror', true, message, 'mirror only services that read, or that know a request again'),
  ];
}
