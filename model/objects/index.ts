export * from './autoscaler';
export * from './config-copies';
export * from './metadata';
export * from './primary-workload';
export * from './scale';
export * from './service-ports';
export * from './services';
export * from './takeover';
