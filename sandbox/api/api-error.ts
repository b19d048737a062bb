/** Errors that the API server answers with, each with the `Status` body of a real one. */
import type { Kind } from './kind';

/** One field that is wrong, as in the causes of an Invalid status. */
export interface FieldProblem {
  reason:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueTypeInvalid'
    | 'FieldValueTooLong'
    | 'FieldManagerConflict'
    | 'NamespaceTerminating'
    | string;
  field: string;
  message: string;
}

/** A Kubernetes `Status`, version v1. */
export interface StatusBody {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Failure' | 'Success';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: FieldProblem[];
  retryAfterSeconds?: number;
}

/** A failed request. `code` is the HTTP status, `reason` the machine-readable cause. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: StatusDetails,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** The body of the answer. */
  get body(): StatusBody {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason && { reason: this.reason }),
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }
}

type Named = Pick<Kind, 'group' | 'plural' | 'kind'>;

const qualified = (kind: Named) => (kind.group ? `${kind.plural}.${kind.group}` : kind.plural);
const about = (kind: Named, name: string): StatusDetails => ({
  name,
  ...(kind.group && { group: kind.group }),
  kind: kind.plural,
});

export function notFound(kind: Named, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(kind)} "${name}" not found`, about(kind, name));
}

export function alreadyExists(kind: Named, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, about(kind, name));
}

export function conflict(
  kind: Named,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, about(kind, name));
}

export function forbidden(kind: Named, name: string, why: string, causes?: FieldProblem[]): ApiError {
  const details = { ...about(kind, name), ...(causes && { causes }) };
  return new ApiError(403, 'Forbidden', `${qualified(kind)} "${name}" is forbidden: ${why}`, details);
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** The history before this point is gone: the client must list again. */
export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

/** Field problems as one Invalid status. */
export function invalid(kind: Named, name: string | undefined, problems: FieldProblem[]): ApiError {
  const lines = problems.map((problem) => `${problem.field}: ${problem.message}`);
  const said = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const subject = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  const details = {
    ...(name && { name }),
    ...(kind.group && { group: kind.group }),
    kind: kind.kind,
    causes: problems,
  };
  return new ApiError(422, 'Invalid', `${subject} "${name ?? ''}" is invalid: ${said}`, details);
}
