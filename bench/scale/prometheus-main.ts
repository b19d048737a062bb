/** The Prometheus stand-in as a process of its own: `node prometheus.cjs PORT`. */
import { prometheusStandIn } from './prometheus-stand-in';

prometheusStandIn().listen(Number(process.argv[2]), '127.0.0.1');
