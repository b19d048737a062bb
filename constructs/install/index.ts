/** The controller's own manifests. */
export * from './controller-access';
export * from './controller-flags';
export * from './controller-props';
export { CustomResourceDefinitions } from './custom-resource-definitions';
export { SerinController } from './serin-controller';
