/**
 * Scalar types with the bounds that the resource definitions carry. Tags are read by scripts/crds.mjs:
 * `@default` is written by the API server, `@defaultValue` is applied by Serin when it reads the object.
 */

/**
 * A whole number.
 * @asType integer
 */
export type Integer = number;

/**
 * A whole number, at least 1.
 * @asType integer
 * @minimum 1
 */
export type PositiveInteger = number;

/**
 * A whole number of percent, 0 to 100.
 * @asType integer
 * @minimum 0
 * @maximum 100
 */
export type Percent = number;

/**
 * A whole number of percent, 1 to 100.
 * @asType integer
 * @minimum 1
 * @maximum 100
 */
export type PositivePercent = number;

/**
 * A TCP or UDP port number.
 * @asType integer
 * @minimum 1
 * @maximum 65535
 */
export type Port = number;

/**
 * A number or a name.
 * @intOrString
 */
export type IntOrString = number | string;

/**
 * An absolute URL.
 * @maxLength 2048
 */
export type Url = string;

/**
 * A host name, with or without namespace and domain.
 * @maxLength 253
 */
export type HostName = string;

/**
 * A value of a map of texts.
 * @maxLength 65536
 */
export type MapValue = string;

/**
 * Key and value pairs of text.
 * @maxProperties 128
 */
export type StringMap = Record<string, MapValue>;
