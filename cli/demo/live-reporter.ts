import { createLogUpdate } from 'log-update';
import type { Colours, Screen } from '../terminal';
import type { DemoState, Result } from './demo-state';
import type { Reporter } from './reporter';
import { summary } from './summary';
import { render } from './view';

const FRAME_MS = 100;
/** Asking Prometheus for every frame would cost more than the demo itself. */
const FRAMES_PER_MEASURE = 4;
/** How much of the way to its new weight the bar goes in one frame. */
const EASE = 0.4;

/** One picture, drawn over itself. */
export function liveReporter(screen: Screen, colours: Colours): Reporter {
  const update = createLogUpdate(screen as NodeJS.WriteStream);
  let story: Parameters<NonNullable<Reporter['begin']>>[0] | undefined;
  let timer: NodeJS.Timeout | undefined;
  let results: readonly Result[] = [];
  let frames = 0;
  let weight = 0;

  const eased = (state: DemoState): DemoState => {
    const target = state.routes.canary;
    weight = Math.abs(target - weight) < 0.5 ? target : weight + (target - weight) * EASE;
    return { ...state, bar: weight };
  };
  const draw = () => {
    if (!story) return;
    if (frames++ % FRAMES_PER_MEASURE === 0) void story.measure().catch(() => undefined);
    const size = { columns: screen.columns ?? 80, rows: screen.rows ?? 24 };
    update(render(eased(story.state()), size, colours));
  };
  return {
    begin(begun) {
      story = begun;
      timer = setInterval(draw, FRAME_MS);
    },
    end(ended) {
      results = ended;
    },
    close() {
      clearInterval(timer);
      draw();
      update.done();
      if (results.length > 0) screen.write(`\n${summary(results, colours)}\n`);
    },
  };
}
