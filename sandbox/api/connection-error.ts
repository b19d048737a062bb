/** An error of the connection, as the Http port promises them. */
export function connectionError(code: string): Error {
  return Object.assign(new Error(`connection failed: ${code}`), { code });
}
