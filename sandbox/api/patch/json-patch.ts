/** JSON patch (RFC 6902). */
import { applyPatch, type Operation, validate } from 'fast-json-patch';
import { ApiError, badRequest } from '../api-error';
import { copy, type Json } from '../json';

/** The target with the operations applied. @throws ApiError 400 when it is no patch, 422 when it does not fit. */
export function jsonPatch(target: Json, operations: unknown): Json {
  if (!Array.isArray(operations)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value');
  const problem = validate(operations as Operation[]);
  if (problem) throw badRequest(`error decoding patch: ${problem.name}`);
  try {
    return applyPatch(copy(target), copy(operations as Operation[]), true).newDocument;
  } catch {
    const message = 'the server rejected our request due to an error in our request';
    throw new ApiError(422, 'Invalid', message, {});
  }
}
