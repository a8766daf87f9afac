/** What the host's WebAssembly has, found out once at the start. */

/** A function that calls itself by `return_call`. */
const TAIL_CALL = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x06, 0x01, 0x04, 0x00, 0x12, 0x00, 0x0b],
);

/** Tests set them otherwise for the machines that they make meanwhile. */
export const hostFeatures = {
  /** Without tail calls a loop calls what each piece of code says is next. */
  tailCalls: WebAssembly.validate(TAIL_CALL),
};
