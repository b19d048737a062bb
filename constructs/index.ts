/**
 * The half of Serin that app repos import: a release as cdk8s constructs.
 * @module serin
 */
export * from './alert-provider';
export {
  AlertSeverity,
  type CanaryAlert,
  type CanaryAnalysis,
  SameSite,
  type SessionAffinity,
  ThresholdCounts,
} from './analysis';
export * from './argo-cd-application';
export type { ArgoCdIgnoreDifference } from './argo-cd-differences';
export { Bootstrap } from './bootstrap';
export * from './canary';
export * from './canary-policy';
export * from './canary-props';
export * from './controller-guard';
export { Delivery } from './delivery';
export * from './destination-rule';
export * from './gate';
export * from './gateway';
export { HouseRules, type HouseRulesProps } from './house-rules';
export * from './http-policy';
export * from './http-route';
export * from './http-route-action';
export * from './install';
export { MeshHost, type RouteDestination, type WeightedDestination } from './mesh-host';
export * from './metric';
export * from './metric-template';
export type { IGateway, INamedRef, IObjectRef } from './references';
export * from './route-action';
export {
  type BackendReference,
  type CanaryService,
  type CustomMetadata,
  type GatewayReference,
  type MetadataKeys,
  type MirrorTarget,
  TrafficDistribution,
} from './service';
export * from './strategy';
export * from './traffic-policy';
export * from './virtual-service';
export * from './webhook';
