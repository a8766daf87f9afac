/** Names that package.json and the code must agree on. scripts/contributes writes package.json from them. */

export const DEBUG_TYPE = 'stepback';

export const COMMANDS = {
  debugFile: 'stepback.debugFile',
  openExample: 'stepback.openExample',
  stepBackInto: 'stepback.stepBackInto',
  openDisplay: 'stepback.openDisplay',
  openSerial: 'stepback.openSerial',
  sendKey: 'stepback.sendKey',
  changeFloppy: 'stepback.changeFloppy',
  saveScreenshot: 'stepback.saveScreenshot',
  copyScreenshot: 'stepback.copyScreenshot',
  toggleSound: 'stepback.toggleSound',
  copyValue: 'stepback.machine.copyValue',
  setValue: 'stepback.machine.setValue',
  watchValue: 'stepback.machine.watchValue',
  breakOnChange: 'stepback.machine.breakOnChange',
  refreshMachine: 'stepback.machine.refresh',
  reportProblem: 'stepback.reportProblem',
  whoWrote: 'stepback.whoWrote',
  copyGdbCommand: 'stepback.copyGdbCommand',
  openMemory: 'stepback.openMemory',
  goToMemory: 'stepback.memory.goTo',
  copyMemoryHex: 'stepback.memory.copyHex',
  copyMemoryText: 'stepback.memory.copyText',
  breakOnWrite: 'stepback.memory.breakOnWrite',
  breakOnRead: 'stepback.memory.breakOnRead',
  breakOnAccess: 'stepback.memory.breakOnAccess',
  whoWroteMemory: 'stepback.memory.whoWrote',
  saveMemory: 'stepback.memory.save',
} as const;

export const VIEWS = {
  machine: 'stepback.machine',
  display: 'stepback.display',
  memory: 'stepback.memory',
  status: 'stepback.status',
} as const;

/** What a row of the Machine view can do, as `viewItem` in package.json's `when` clauses. */
export const MACHINE_ITEMS = { writable: 'value.writable', readOnly: 'value.readOnly', chip: 'chip' } as const;

export const SETTINGS_SECTION = 'stepback';

/** Settings by their names below the section, with their defaults. */
export const SETTINGS = {
  adapter: 'adapter',
  openDisplay: 'display.openAutomatically',
  openSerial: 'serial.openAutomatically',
  sound: 'display.sound',
} as const;
