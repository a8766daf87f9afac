/**
 * The one-way imports of docs/architecture.md as data: each room names the rooms that it may import from, besides itself.
 * scripts/check/imports.ts runs this, and test/unit/check-imports.test.ts plants violations to see that it can fail.
 */

/** A line of the emulator may import from the lines above it only. */
const STATE = ['emulator/state', 'emulator/generated'];
const TIME_MEMORY = [...STATE, 'emulator/time', 'emulator/memory'];
const BUS_IR = [...TIME_MEMORY, 'emulator/bus', 'emulator/ir'];
const PARTS = [
  ...BUS_IR,
  'emulator/devices',
  'emulator/cpu',
  'emulator/engine',
  'emulator/loaders',
  'emulator/storage',
  'emulator/firmware',
];
const MACHINES = [...PARTS, 'emulator/machines'];
const SYSTEM = [...MACHINES, 'emulator/system'];
const TIMELINE = [...SYSTEM, 'emulator/timeline'];

const CLIENT = ['debug-adapter/protocol', 'debug-adapter/dap', 'debug-adapter/symbols'];
const COMPOSITION = ['emulator', 'debug-adapter'];

/** Room -> what it may import from inside this repository. A room is a folder, or a file without its ending. */
const ROOMS = {
  'emulator/generated': [],
  'emulator/state': STATE,
  'emulator/time': STATE,
  'emulator/memory': STATE,
  'emulator/bus': TIME_MEMORY,
  'emulator/ir': TIME_MEMORY,
  'emulator/devices': BUS_IR,
  'emulator/cpu': BUS_IR,
  // The engine calls guest frontends through the interface that lies directly in emulator/cpu.
  'emulator/engine': [...BUS_IR, 'emulator/cpu/[^/]+\\.ts$'],
  'emulator/loaders': BUS_IR,
  'emulator/storage': BUS_IR,
  'emulator/firmware': BUS_IR,
  'emulator/machines': PARTS,
  'emulator/system': MACHINES,
  'emulator/timeline': SYSTEM,
  'emulator/debug': TIMELINE,
  'debug-adapter/protocol': [],
  'debug-adapter/dap': ['debug-adapter/protocol'],
  'debug-adapter/symbols': ['debug-adapter/protocol'],
  'debug-adapter/session': [...CLIENT, 'emulator/debug'],
  'debug-adapter/gdb': ['debug-adapter/protocol', 'debug-adapter/symbols', 'emulator/debug'],
  'debug-adapter/host': COMPOSITION,
  'debug-adapter/cli': COMPOSITION,
  'debug-adapter/main': COMPOSITION,
  'extension/shared': ['debug-adapter/protocol'],
  'extension/webview': ['extension/shared'],
  'extension/(?!webview/|shared/)': ['extension/(?!webview/)', 'debug-adapter/protocol'],
};

/** Product code of any kind, and everything that an import inside this repository can reach. */
const PRODUCT = '^(emulator|debug-adapter|extension)/';
const REPOSITORY = '^(emulator|debug-adapter|extension|scripts|test|examples|esbuild\\.mjs)';

/** Where Node's own modules may be used in the product. */
const NODE_ROOMS = '^debug-adapter/(main\\.ts$|host/|cli/)|^extension/(?!webview/|shared/)';

/** Packages that one place of the emulator may import, with the reason. Everything else in it imports nothing from outside. */
const EMULATOR_PACKAGES = [
  // The text of an x86 instruction is a library's work; the file that makes it is the only one to know the library.
  { from: '^emulator/cpu/x86/disassemble', to: 'node_modules/iced-x86' },
];

/** @param {string} room */
const inside = (room) => (/[$/)]$/.test(room) ? `^${room}` : `^${room}(/|\\.ts$)`);

const arrows = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `arrow: ${room}`,
  comment: `may import from: ${allowed.join(', ') || 'itself only'}`,
  severity: 'error',
  from: { path: inside(room) },
  to: { path: REPOSITORY, pathNot: [room, ...allowed].map(inside) },
}));

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'every product file is in a room',
      comment: 'add the folder to ROOMS in .dependency-cruiser.cjs with what it may import',
      severity: 'error',
      from: { path: PRODUCT, pathNot: Object.keys(ROOMS).map(inside) },
      to: {},
    },
    {
      name: 'chips do not know each other',
      comment: 'a device folder imports no other device folder; wires and the bus connect chips',
      severity: 'error',
      from: { path: '^emulator/devices/([^/]+)/' },
      to: { path: '^emulator/devices/[^/]+/', pathNot: '^emulator/devices/$1/' },
    },
    {
      name: 'guests do not know each other',
      severity: 'error',
      from: { path: '^emulator/cpu/([^/]+)/' },
      to: { path: '^emulator/cpu/[^/]+/', pathNot: '^emulator/cpu/$1/' },
    },
    {
      name: "node's modules only where the outside world is",
      severity: 'error',
      from: { path: PRODUCT, pathNot: NODE_ROOMS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'vscode only in the extension host',
      severity: 'error',
      from: { path: PRODUCT, pathNot: '^extension/(?!webview/|shared/)' },
      to: { path: '^vscode$|node_modules/@types/vscode' },
    },
    {
      name: 'the emulator imports no package',
      severity: 'error',
      from: { path: '^emulator/', pathNot: EMULATOR_PACKAGES.map(({ from }) => from) },
      to: { pathNot: '^emulator/' },
    },
    ...EMULATOR_PACKAGES.map(({ from, to }) => ({
      name: `${from} imports only ${to}`,
      severity: 'error',
      from: { path: from },
      to: { pathNot: ['^emulator/', to] },
    })),
    {
      name: 'no cycles',
      severity: 'error',
      from: { path: REPOSITORY },
      to: { circular: true },
    },
    {
      name: 'imports resolve',
      severity: 'error',
      from: { path: REPOSITORY },
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
  ],
  options: {
    // With TypeScript 7 and the default parser no module is seen at all and the run is green.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: { extensions: ['.ts', '.mts', '.mjs', '.cjs', '.js', '.d.ts', '.json', '.css'] },
  },
};
