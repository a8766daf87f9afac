/**
 * The part of the WebAssembly JavaScript interface that the emulator uses. TypeScript declares it only together with the
 * whole DOM, which `emulator/` and `debug-adapter/` must not see.
 * Source: "WebAssembly JavaScript Interface", W3C; compact name: js-api.
 */
declare namespace WebAssembly {
  type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'externref' | 'anyfunc';
  type ImportExportKind = 'function' | 'table' | 'memory' | 'global' | 'tag';
  // oxlint-disable-next-line typescript/no-explicit-any -- an exported function takes and returns what its type in the module says
  type ExportedFunction = (...args: any[]) => any;
  type ImportValue = ExportedFunction | Global | Memory | Table | number | bigint;
  type ModuleImports = Record<string, ImportValue>;
  type Imports = Record<string, ModuleImports>;
  type ExportValue = ExportedFunction | Global | Memory | Table;
  type Exports = Record<string, ExportValue>;

  interface ModuleExportDescriptor {
    readonly name: string;
    readonly kind: ImportExportKind;
  }
  interface ModuleImportDescriptor {
    readonly module: string;
    readonly name: string;
    readonly kind: ImportExportKind;
  }

  class Module {
    constructor(bytes: ArrayBufferView | ArrayBufferLike);
    static exports(module: Module): ModuleExportDescriptor[];
    static imports(module: Module): ModuleImportDescriptor[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }
  interface MemoryDescriptor {
    /** Pages of 64 KiB. */
    readonly initial: number;
    /** Pages of 64 KiB; required when shared. */
    readonly maximum?: number;
    readonly shared?: boolean;
  }
  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBufferLike;
    /** Adds pages of 64 KiB and returns the former size in pages. Every earlier `buffer` is detached unless shared. */
    grow(delta: number): number;
  }
  interface TableDescriptor {
    readonly element: 'anyfunc' | 'externref';
    readonly initial: number;
    readonly maximum?: number;
  }
  class Table {
    constructor(descriptor: TableDescriptor, value?: ExportedFunction | null);
    readonly length: number;
    get(index: number): ExportedFunction | null;
    set(index: number, value?: ExportedFunction | null): void;
    grow(delta: number, value?: ExportedFunction | null): number;
  }
  interface GlobalDescriptor {
    readonly value: ValueType;
    readonly mutable?: boolean;
  }
  class Global {
    constructor(descriptor: GlobalDescriptor, value?: number | bigint);
    value: number | bigint;
  }
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function validate(bytes: ArrayBufferView | ArrayBufferLike): boolean;
}
