/** Assembles a wasm module: types, imports, functions, exports and a name section for readable stacks and profiles. */
import { ByteWriter } from './emitter';
import { type ValueType, VALUE_TYPE_CODES } from './opcodes';

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface FunctionImport {
  readonly module: string;
  readonly name: string;
  readonly signature: Signature;
}

export interface FunctionBody {
  readonly name: string;
  readonly signature: Signature;
  /** Locals beyond the parameters. */
  readonly locals: readonly ValueType[];
  /** Instructions, without the final `end`. */
  readonly code: Uint8Array;
  /** Names of parameters and locals, for the name section. */
  readonly localNames: readonly string[];
}

/** Where a module's functions and types meet others'. */
export interface ModuleLinks {
  readonly memory: { readonly initial: number; readonly maximum: number };
  /** Entries of the table `env.table`, which is imported when this is given. */
  readonly table?: number;
  /** Types beside those of the functions; numbered behind them. */
  readonly types?: readonly Signature[];
  /** Functions (by position) that are put into the table when the module is instantiated, and where the first goes. */
  readonly elements?: { readonly offset: number; readonly first: number; readonly count: number };
}

/**
 * The bytes of a module that imports memory `env.memory` and `imports`, and exports every function by its name.
 * Function indices count the imports first. (WebAssembly Core Specification, chapter 5.5 "Modules".)
 */
export function assembleModule(
  imports: readonly FunctionImport[],
  functions: readonly FunctionBody[],
  { memory, table, types = [], elements }: ModuleLinks,
): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  out.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  const section = (id: number, fill: (body: ByteWriter) => void) => {
    const body = new ByteWriter();
    fill(body);
    out.byte(id);
    out.unsigned(body.length);
    out.bytes(body.finish());
  };
  const all = [...imports.map((row) => row.signature), ...functions.map((row) => row.signature), ...types];
  section(1, (body) => {
    body.unsigned(all.length);
    for (const signature of all) {
      body.byte(0x60);
      body.unsigned(signature.parameters.length);
      for (const type of signature.parameters) body.byte(VALUE_TYPE_CODES[type]);
      body.unsigned(signature.results.length);
      for (const type of signature.results) body.byte(VALUE_TYPE_CODES[type]);
    }
  });
  section(2, (body) => {
    body.unsigned(imports.length + (table === undefined ? 1 : 2));
    imports.forEach((row, index) => {
      body.text(row.module);
      body.text(row.name);
      body.byte(0x00);
      body.unsigned(index);
    });
    body.text('env');
    body.text('memory');
    body.bytes([0x02, 0x01]);
    body.unsigned(memory.initial);
    body.unsigned(memory.maximum);
    if (table === undefined) return;
    body.text('env');
    body.text('table');
    body.bytes([0x01, 0x70, 0x00]);
    body.unsigned(table);
  });
  section(3, (body) => {
    body.unsigned(functions.length);
    functions.forEach((_, index) => {
      body.unsigned(imports.length + index);
    });
  });
  section(7, (body) => {
    body.unsigned(functions.length);
    functions.forEach((row, index) => {
      body.text(row.name);
      body.byte(0x00);
      body.unsigned(imports.length + index);
    });
  });
  if (elements !== undefined) {
    section(9, (body) => {
      body.bytes([0x01, 0x00, 0x41]);
      body.signed(BigInt(elements.offset));
      body.byte(0x0b);
      body.unsigned(elements.count);
      for (let i = 0; i < elements.count; i++) body.unsigned(imports.length + elements.first + i);
    });
  }
  section(10, (body) => {
    body.unsigned(functions.length);
    for (const row of functions) {
      const code = new ByteWriter();
      code.unsigned(row.locals.length);
      for (const type of row.locals) {
        code.unsigned(1);
        code.byte(VALUE_TYPE_CODES[type]);
      }
      code.bytes(row.code);
      code.byte(0x0b);
      body.unsigned(code.length);
      body.bytes(code.finish());
    }
  });
  section(0, (body) => {
    body.text('name');
    const names = (id: number, fill: (part: ByteWriter) => void) => {
      const part = new ByteWriter();
      fill(part);
      body.byte(id);
      body.unsigned(part.length);
      body.bytes(part.finish());
    };
    names(1, (part) => {
      part.unsigned(imports.length + functions.length);
      [...imports, ...functions].forEach((row, index) => {
        part.unsigned(index);
        part.text(row.name);
      });
    });
    names(2, (part) => {
      part.unsigned(functions.length);
      functions.forEach((row, index) => {
        part.unsigned(imports.length + index);
        part.unsigned(row.localNames.length);
        row.localNames.forEach((name, local) => {
          part.unsigned(local);
          part.text(name);
        });
      });
    });
  });
  return out.finish();
}
