/** The pure nouns: what users write, and what is generated for it. */
export * from './canary';
export * from './config-refs';
export * from './defaults';
export * from './go-format';
export { mergePatchBetween, sameJson } from './json';
export * from './kube';
export * from './names';
export * from './objects';
export * from './ports';
export * from './revision';
export * as istio from './traffic/istio';
export * from './traffic/router';
export * from './traffic/routes';
export * from './validate';
