/** Commands, where they appear, and their keys. */
import { endingsPattern, IMAGE_ENDINGS, SOURCE_ENDINGS } from '../../extension/debug/file-kinds';
import { COMMANDS, DEBUG_TYPE, MACHINE_ITEMS, VIEWS } from '../../extension/ids';
import { MEMORY_SECTION } from '../../extension/shared/memory';

const OURS = `debugType == '${DEBUG_TYPE}'`;
const IN_SESSION = `inDebugMode && ${OURS}`;
const STOPPED = `${IN_SESSION} && debugState == 'stopped'`;
const ON_IMAGE = `resourceExtname =~ ${endingsPattern(IMAGE_ENDINGS)}`;
const CAN_DEBUG = `resourceExtname =~ ${endingsPattern([...IMAGE_ENDINGS, ...SOURCE_ENDINGS])}`;
const IN_DISPLAY = `activeWebviewPanelId == '${VIEWS.display}'`;
const IN_MEMORY = `activeWebviewPanelId == '${VIEWS.memory}'`;
const ON_BYTES = `webviewId == '${VIEWS.memory}' && webviewSection == '${MEMORY_SECTION}'`;
const IN_VARIABLES = `view == workbench.debug.variablesView && ${OURS}`;
const IN_MACHINE = `view == ${VIEWS.machine}`;

interface Command {
  readonly command: string;
  readonly title: string;
  readonly icon?: string;
  readonly enablement?: string;
}

const TITLES: readonly Command[] = [
  { command: COMMANDS.debugFile, title: 'Debug with Stepback', icon: '$(debug-alt)' },
  { command: COMMANDS.openExample, title: 'Open the Example' },
  { command: COMMANDS.stepBackInto, title: 'Step Back Into', icon: '$(reply)', enablement: STOPPED },
  { command: COMMANDS.openDisplay, title: 'Open Display', icon: '$(vm)' },
  { command: COMMANDS.openSerial, title: 'Open Serial Terminal', icon: '$(terminal)' },
  { command: COMMANDS.sendKey, title: 'Send Key to the Guest...', icon: '$(keyboard)', enablement: IN_SESSION },
  { command: COMMANDS.changeFloppy, title: 'Change Floppy...', enablement: IN_SESSION },
  { command: COMMANDS.saveScreenshot, title: 'Save Screenshot of the Display...', icon: '$(device-camera)' },
  { command: COMMANDS.copyScreenshot, title: 'Copy Screenshot of the Display', icon: '$(copy)' },
  { command: COMMANDS.toggleSound, title: 'Turn the Sound of the Display On or Off', icon: '$(unmute)' },
  { command: COMMANDS.copyValue, title: 'Copy Value', icon: '$(copy)' },
  { command: COMMANDS.setValue, title: 'Set Value...', icon: '$(edit)' },
  { command: COMMANDS.watchValue, title: 'Add to Watch' },
  { command: COMMANDS.breakOnChange, title: 'Break on Change' },
  { command: COMMANDS.refreshMachine, title: 'Refresh', icon: '$(refresh)' },
  { command: COMMANDS.whoWrote, title: 'Go Back to Who Wrote This...', icon: '$(history)', enablement: STOPPED },
  { command: COMMANDS.copyGdbCommand, title: 'Copy the Command That Attaches GDB', enablement: IN_SESSION },
  { command: COMMANDS.openMemory, title: 'Open Memory', icon: '$(file-binary)' },
  { command: COMMANDS.goToMemory, title: 'Go to Address in Memory...', icon: '$(go-to-file)', enablement: IN_MEMORY },
  { command: COMMANDS.copyMemoryHex, title: 'Copy as Hexadecimal' },
  { command: COMMANDS.copyMemoryText, title: 'Copy as Text' },
  { command: COMMANDS.breakOnWrite, title: 'Break on Write' },
  { command: COMMANDS.breakOnRead, title: 'Break on Read' },
  { command: COMMANDS.breakOnAccess, title: 'Break on Access' },
  { command: COMMANDS.whoWroteMemory, title: 'Go Back to Who Wrote This', icon: '$(history)', enablement: STOPPED },
  { command: COMMANDS.saveMemory, title: 'Save to File...', icon: '$(save-as)' },
  { command: COMMANDS.reportProblem, title: 'Report a Problem' },
];

export const CONTRIBUTED_COMMANDS = TITLES.map((command) => ({ ...command, category: 'Stepback' }));

const VALUE_ITEM = `${IN_MACHINE} && viewItem =~ /^value/`;
const WRITABLE_ITEM = `${IN_MACHINE} && viewItem == ${MACHINE_ITEMS.writable}`;

export const CONTRIBUTED_MENUS = {
  'explorer/context': [{ command: COMMANDS.debugFile, when: CAN_DEBUG, group: 'navigation@90' }],
  'editor/title/run': [{ command: COMMANDS.debugFile, when: CAN_DEBUG, group: 'navigation@90' }],
  'editor/title': [
    { command: COMMANDS.sendKey, when: IN_DISPLAY, group: 'navigation@1' },
    { command: COMMANDS.saveScreenshot, when: IN_DISPLAY, group: 'navigation@2' },
    { command: COMMANDS.openMemory, when: IN_MEMORY, group: 'navigation@1' },
  ],
  'debug/toolBar': [{ command: COMMANDS.stepBackInto, when: IN_SESSION, group: 'navigation@90' }],
  'view/title': [
    { command: COMMANDS.openDisplay, when: IN_MACHINE, group: 'navigation@1' },
    { command: COMMANDS.openSerial, when: IN_MACHINE, group: 'navigation@2' },
    { command: COMMANDS.openMemory, when: IN_MACHINE, group: 'navigation@3' },
    { command: COMMANDS.refreshMachine, when: IN_MACHINE, group: 'navigation@4' },
    { command: COMMANDS.changeFloppy, when: `${IN_MACHINE} && ${IN_SESSION}`, group: '2_media@1' },
    { command: COMMANDS.openMemory, when: IN_VARIABLES, group: 'navigation@1' },
  ],
  'view/item/context': [
    { command: COMMANDS.setValue, when: WRITABLE_ITEM, group: 'inline@1' },
    { command: COMMANDS.setValue, when: WRITABLE_ITEM, group: '1_value@1' },
    { command: COMMANDS.copyValue, when: VALUE_ITEM, group: '1_value@2' },
    { command: COMMANDS.watchValue, when: VALUE_ITEM, group: '2_follow@1' },
    { command: COMMANDS.breakOnChange, when: VALUE_ITEM, group: '2_follow@2' },
  ],
  'debug/variables/context': [
    { command: COMMANDS.whoWrote, when: OURS, group: '5_breakpoint@90' },
    { command: COMMANDS.openMemory, when: `${OURS} && canViewMemory`, group: 'navigation@90' },
  ],
  'debug/watch/context': [
    { command: COMMANDS.whoWrote, when: OURS, group: '5_breakpoint@90' },
    { command: COMMANDS.openMemory, when: `${OURS} && canViewMemory`, group: 'navigation@90' },
  ],
  'webview/context': [
    { command: COMMANDS.copyMemoryHex, when: ON_BYTES, group: '1_copy@1' },
    { command: COMMANDS.copyMemoryText, when: ON_BYTES, group: '1_copy@2' },
    { command: COMMANDS.saveMemory, when: ON_BYTES, group: '1_copy@3' },
    { command: COMMANDS.breakOnWrite, when: ON_BYTES, group: '2_break@1' },
    { command: COMMANDS.breakOnRead, when: ON_BYTES, group: '2_break@2' },
    { command: COMMANDS.breakOnAccess, when: ON_BYTES, group: '2_break@3' },
    { command: COMMANDS.whoWroteMemory, when: ON_BYTES, group: '3_back@1' },
  ],
  commandPalette: [
    { command: COMMANDS.copyValue, when: 'false' },
    { command: COMMANDS.setValue, when: 'false' },
    { command: COMMANDS.watchValue, when: 'false' },
    { command: COMMANDS.breakOnChange, when: 'false' },
    { command: COMMANDS.refreshMachine, when: 'false' },
    { command: COMMANDS.copyMemoryHex, when: 'false' },
    { command: COMMANDS.copyMemoryText, when: 'false' },
    { command: COMMANDS.breakOnWrite, when: 'false' },
    { command: COMMANDS.breakOnRead, when: 'false' },
    { command: COMMANDS.breakOnAccess, when: 'false' },
    { command: COMMANDS.whoWroteMemory, when: 'false' },
    { command: COMMANDS.saveMemory, when: 'false' },
  ],
};

/** Ctrl turns the keys for forwards around. Only in our sessions, so nobody else's keys change. */
export const CONTRIBUTED_KEYBINDINGS = [
  // F5 on an image: a binary file has no language by which VS Code could find a debugger.
  { command: COMMANDS.debugFile, key: 'f5', when: `!inDebugMode && ${ON_IMAGE}` },
  {
    command: COMMANDS.debugFile,
    key: 'f5',
    when: `!inDebugMode && filesExplorerFocus && ${ON_IMAGE}`,
    args: 'explorer',
  },
  { command: COMMANDS.goToMemory, key: 'ctrl+g', mac: 'cmd+g', when: IN_MEMORY },
  { command: 'workbench.action.debug.reverseContinue', key: 'ctrl+f5', when: STOPPED },
  { command: 'workbench.action.debug.stepBack', key: 'ctrl+f10', when: STOPPED },
  { command: COMMANDS.stepBackInto, key: 'ctrl+f11', when: STOPPED },
  {
    command: COMMANDS.stepBackInto,
    key: 'ctrl+f11',
    when: `${STOPPED} && disassemblyViewFocus`,
    args: { granularity: 'instruction' },
  },
];
