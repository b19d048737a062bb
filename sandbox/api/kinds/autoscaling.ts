/** autoscaling/v2, and the same objects as autoscaling/v1. */
import { defineKind, type Kind } from '../kind';

const HPA = {
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  namespaced: true,
  shortNames: ['hpa'],
  categories: ['all'],
  status: true,
};

export const AUTOSCALING_KINDS: readonly Kind[] = [defineKind({ ...HPA, apiVersion: 'autoscaling/v2' })];
