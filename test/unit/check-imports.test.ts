import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cruise, judgeImports, type ImportReport } from '../../scripts/check/imports';

interface Plant {
  readonly from: string;
  readonly to: string;
  /** The rule that must name it; undefined for an import that is allowed. */
  readonly rule: string | undefined;
  readonly typeOnly?: boolean;
}

const BAD: readonly Plant[] = [
  { from: 'emulator/state/a.ts', to: 'emulator/time/t.ts', rule: 'arrow: emulator/state' },
  { from: 'emulator/memory/a.ts', to: 'emulator/bus/t.ts', rule: 'arrow: emulator/memory' },
  { from: 'emulator/ir/a.ts', to: 'emulator/engine/t.ts', rule: 'arrow: emulator/ir' },
  { from: 'emulator/cpu/x86/a.ts', to: 'emulator/engine/t.ts', rule: 'arrow: emulator/cpu' },
  { from: 'emulator/cpu/x86/b.ts', to: 'emulator/cpu/arm/t.ts', rule: 'guests do not know each other' },
  { from: 'emulator/engine/a.ts', to: 'emulator/cpu/x86/t.ts', rule: 'arrow: emulator/engine' },
  { from: 'emulator/devices/timer/a.ts', to: 'emulator/cpu/x86/t.ts', rule: 'arrow: emulator/devices' },
  { from: 'emulator/devices/timer/b.ts', to: 'emulator/devices/serial/t.ts', rule: 'chips do not know each other' },
  {
    from: 'emulator/devices/timer/c.ts',
    to: 'emulator/machines/t.ts',
    rule: 'arrow: emulator/devices',
    typeOnly: true,
  },
  { from: 'emulator/machines/a.ts', to: 'emulator/system/t.ts', rule: 'arrow: emulator/machines' },
  { from: 'emulator/timeline/a.ts', to: 'emulator/debug/t.ts', rule: 'arrow: emulator/timeline' },
  { from: 'emulator/system/a.ts', to: 'debug-adapter/dap/t.ts', rule: 'arrow: emulator/system' },
  { from: 'emulator/bus/a.ts', to: 'node:fs', rule: "node's modules only where the outside world is" },
  { from: 'emulator/bus/b.ts', to: 'valibot', rule: 'the emulator imports no package' },
  { from: 'debug-adapter/gdb/a.ts', to: 'node:net', rule: "node's modules only where the outside world is" },
  { from: 'debug-adapter/symbols/a.ts', to: 'fs', rule: "node's modules only where the outside world is" },
  { from: 'debug-adapter/session/a.ts', to: 'emulator/machines/t.ts', rule: 'arrow: debug-adapter/session' },
  { from: 'debug-adapter/session/b.ts', to: 'debug-adapter/host/t.ts', rule: 'arrow: debug-adapter/session' },
  { from: 'debug-adapter/host/a.ts', to: 'vscode', rule: 'vscode only in the extension host' },
  { from: 'debug-adapter/main.ts', to: 'extension/debug/t.ts', rule: 'arrow: debug-adapter/main' },
  { from: 'debug-adapter/new-room/a.ts', to: 'debug-adapter/new-room/t.ts', rule: 'every product file is in a room' },
  { from: 'extension/views/a.ts', to: 'emulator/debug/t.ts', rule: 'arrow: extension/(?!webview/|shared/)' },
  { from: 'extension/views/b.ts', to: 'extension/webview/display/t.ts', rule: 'arrow: extension/(?!webview/|shared/)' },
  { from: 'extension/webview/display/a.ts', to: 'debug-adapter/protocol/t.ts', rule: 'arrow: extension/webview' },
  { from: 'extension/webview/display/b.ts', to: 'node:path', rule: "node's modules only where the outside world is" },
  { from: 'extension/shared/a.ts', to: 'vscode', rule: 'vscode only in the extension host' },
  { from: 'extension/debug/a.ts', to: 'scripts/t.ts', rule: 'arrow: extension/(?!webview/|shared/)' },
  { from: 'emulator/bus/c.ts', to: 'emulator/bus/nowhere', rule: 'imports resolve' },
];

const GOOD: readonly Plant[] = [
  { from: 'emulator/devices/timer/d.ts', to: 'emulator/bus/t.ts', rule: undefined },
  { from: 'emulator/engine/b.ts', to: 'emulator/cpu/t.ts', rule: undefined },
  { from: 'emulator/cpu/x86/c.ts', to: 'emulator/cpu/t.ts', rule: undefined },
  { from: 'emulator/cpu/x86/disassemble.ts', to: 'iced-x86', rule: undefined },
  { from: 'emulator/machines/b.ts', to: 'emulator/devices/serial/t.ts', rule: undefined },
  { from: 'debug-adapter/session/c.ts', to: 'emulator/debug/t.ts', rule: undefined },
  { from: 'debug-adapter/host/b.ts', to: 'node:net', rule: undefined },
  { from: 'debug-adapter/cli/a.ts', to: 'emulator/machines/t.ts', rule: undefined },
  { from: 'extension/views/c.ts', to: 'vscode', rule: undefined },
  { from: 'extension/views/d.ts', to: 'debug-adapter/protocol/t.ts', rule: undefined, typeOnly: true },
  { from: 'extension/webview/display/c.ts', to: 'extension/shared/t.ts', rule: undefined },
  { from: 'test/unit/a.ts', to: 'scripts/t.ts', rule: undefined },
];

describe('import rules', function () {
  this.timeout(60_000);
  let tree = '';
  let report: ImportReport;

  before(async () => {
    tree = mkdtempSync(path.join(tmpdir(), 'stepback-imports-'));
    const write = (file: string, text: string): void => {
      mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
      writeFileSync(path.join(tree, file), text);
    };
    for (const { name, main } of [
      { name: 'valibot', main: 'index.js' },
      { name: 'iced-x86', main: 'index.js' },
    ]) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, main }));
      write(`node_modules/${name}/${main}`, 'exports.t = 1;\n');
    }
    for (const { from, to, typeOnly } of [...BAD, ...GOOD]) {
      const isFile = to.includes('/');
      const target = isFile ? path.posix.relative(path.posix.dirname(from), to.replace(/\.ts$/, '')) : to;
      const specifier = isFile && !target.startsWith('.') ? `./${target}` : target;
      if (to.endsWith('/t.ts')) write(to, 'export const t = 1;\nexport type T = number;\n');
      write(
        from,
        typeOnly === true
          ? `import type { T } from '${specifier}';\nexport type U = T;\n`
          : `import { t } from '${specifier}';\nexport const u = t;\n`,
      );
    }
    write('emulator/time/ring-1.ts', "import { b } from './ring-2';\nexport const a = (): unknown => b;\n");
    write('emulator/time/ring-2.ts', "import { a } from './ring-1';\nexport const b = (): unknown => a;\n");
    report = await cruise(tree, ['emulator', 'debug-adapter', 'extension', 'scripts', 'test']);
  });

  after(() => rmSync(tree, { recursive: true, force: true }));

  for (const { from, to, rule } of BAD) {
    it(`refuses ${from} -> ${to}`, () => {
      const found = report.violations.filter((line) => line.startsWith(`${from} -> `) && line.endsWith(`: ${rule}`));
      assert.equal(
        found.length,
        1,
        `violations from ${from}: ${report.violations.filter((v) => v.startsWith(from)).join('; ')}`,
      );
    });
  }

  for (const { from, to } of GOOD) {
    it(`allows ${from} -> ${to}`, () => {
      assert.deepEqual(
        report.violations.filter((line) => line.startsWith(`${from} -> `)),
        [],
      );
    });
  }

  it('refuses a ring', () => {
    assert.ok(report.violations.some((line) => /ring-\d.*ring-\d.*: no cycles$/.test(line)));
  });

  it('sees every planted file', () => {
    const planted = [...BAD, ...GOOD].map(({ from }) => from);
    assert.deepEqual(judgeImports({ modules: report.modules, violations: [] }, planted), []);
  });

  it('fails when it was shown fewer files than there are', () => {
    const problems = judgeImports({ modules: ['emulator/a.ts'], violations: [] }, ['emulator/a.ts', 'emulator/b.ts']);
    assert.deepEqual(problems, ['1 of 2 source files were not looked at: emulator/b.ts']);
  });
});
