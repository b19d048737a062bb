import type { ApiObject } from 'cdk8s';

export function complaints(object: ApiObject, more: () => string[]): string[] {
  object.toJson();
  return more();
}
