/**
 * A release as a Pulumi program: the same props as the cdk8s constructs, and `pulumi up` that waits for the outcome.
 * @module serin/pulumi
 */

export type { ObjectMeta, OwnerReference } from '../model/kube';
export { AlertProvider, type AlertProviderArgs } from './alert-provider';
export { BridgedChart, type BridgeOptions, bridge } from './bridge';
export { Canary } from './canary';
export type { CanaryArgs, WaitArgs } from './canary-args';
export type { Inputs } from './inputs';
export type { KubeResource } from './kube-resource';
export { MetricTemplate, type MetricTemplateArgs } from './metric-template';
export { type NamedArg, type ObjectArg, type ObjectName, type ObjectResource, TARGET_ANNOTATIONS } from './references';
export type { Outcome } from './wait';
