/** Every kind that is served without a CustomResourceDefinition. */
import { CUSTOM_RESOURCE_DEFINITION } from './custom/definition';
import type { Kind } from './kind';
import { APPS_KINDS } from './kinds/apps';
import { AUTOSCALING_KINDS } from './kinds/autoscaling';
import { CORE_KINDS } from './kinds/core';
import { ISTIO_KINDS } from './kinds/istio';
import { OTHER_KINDS } from './kinds/other';

export const BUILTIN_KINDS: readonly Kind[] = [
  ...CORE_KINDS,
  ...APPS_KINDS,
  ...AUTOSCALING_KINDS,
  ...OTHER_KINDS,
  CUSTOM_RESOURCE_DEFINITION,
  ...ISTIO_KINDS,
];
