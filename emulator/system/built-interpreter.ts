/**
 * The bytes of the interpreter's module (for hosts with tail calls), where a program was built with them: scripts/bundles puts
 * another file in the place of this one, since making them takes a good part of the start. Without them they are made then.
 */
export const BUILT_INTERPRETER: Uint8Array<ArrayBuffer> | undefined = undefined;
