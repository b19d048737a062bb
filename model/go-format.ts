/** Numbers and lists as Go prints them: event texts are compared by people's scripts. */
export { formatDuration } from './duration';

/** `%v` of a float: shortest digits, with an exponent below 1e-4 and from 1e6 on. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  return exponent < -4 || exponent >= 6 ? withExponent(digits, exponent) : String(value);
}

const withExponent = (digits: string, exponent: number): string =>
  `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;

/** `%.2f`: exact ties go to the even digit, where toFixed rounds them up. */
export function formatFixed2(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const magnitude = Math.abs(value);
  // Only odd eighths lie exactly between two hundredths.
  const tie = Number.isInteger(magnitude * 8) && (magnitude * 8) % 2 === 1;
  const text = tie ? evenHundredths(magnitude) : magnitude < 1e21 ? magnitude.toFixed(2) : `${BigInt(magnitude)}.00`;
  return value < 0 || Object.is(value, -0) ? `-${text}` : text;
}

function evenHundredths(magnitude: number): string {
  const thousandths = Math.round(magnitude * 1000);
  const below = Math.floor(thousandths / 10);
  return ((below % 2 === 0 ? below : below + 1) / 100).toFixed(2);
}

/** `%v` of a list: `[a b c]`. */
export const formatList = (items: readonly (string | number)[]): string =>
  `[${items.map((item) => (typeof item === 'number' ? formatFloat(item) : item)).join(' ')}]`;
