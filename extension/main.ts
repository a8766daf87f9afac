/** activate: constructs the parts, connects them, and does nothing else. */
import * as vscode from 'vscode';
import { AdapterFactory } from './debug/adapter-factory';
import { changeFloppy } from './debug/change-floppy';
import { ConfigurationProvider } from './debug/configuration-provider';
import { debugFile } from './debug/debug-file';
import { copyGdbCommand } from './debug/gdb-command';
import { DynamicConfigurations } from './debug/dynamic-configurations';
import { removeGeneratedBreakpoints } from './debug/generated-breakpoints';
import { stepBackInto } from './debug/reverse';
import { Sessions } from './debug/sessions';
import { whoWrote } from './debug/who-wrote';
import { COMMANDS, DEBUG_TYPE } from './ids';
import { registerAssemblyProviders } from './languages/providers';
import { Log } from './log';
import type { MemoryRange } from './shared/memory';
import { Display } from './views/display';
import { openExample } from './views/example';
import { type MachineNode, MachineTree } from './views/machine-tree';
import { MemoryPanels } from './views/memory';
import { breakOn, copyRange, saveRange, whoWroteRange } from './views/memory-range';
import { Problems } from './views/problems';
import { reportProblem } from './views/report';
import { SerialTerminals } from './views/serial';
import { StatusBar } from './views/status-bar';

/** What tests see of the inside. */
export interface StepbackApi {
  readonly sessions: Sessions;
  readonly display: Display;
  readonly machine: MachineTree;
  readonly memory: MemoryPanels;
  readonly serial: SerialTerminals;
  readonly status: StatusBar;
  readonly adapters: AdapterFactory;
}

/** What the menu of chosen bytes does. */
const MEMORY_ACTIONS: Readonly<Record<string, Parameters<MemoryPanels['withRange']>[1]>> = {
  [COMMANDS.copyMemoryHex]: (session, range) => copyRange(session, range, 'hex'),
  [COMMANDS.copyMemoryText]: (session, range) => copyRange(session, range, 'text'),
  [COMMANDS.breakOnWrite]: (session, range) => breakOn(session, range, 'write'),
  [COMMANDS.breakOnRead]: (session, range) => breakOn(session, range, 'read'),
  [COMMANDS.breakOnAccess]: (session, range) => breakOn(session, range, 'access'),
  [COMMANDS.whoWroteMemory]: whoWroteRange,
  [COMMANDS.saveMemory]: (session, range) => saveRange(session, range),
};

export function activate(context: vscode.ExtensionContext): StepbackApi {
  const log = new Log();
  const sessions = new Sessions(log);
  const display = new Display(sessions, context.extensionUri, log);
  const machine = new MachineTree(sessions, log);
  const memory = new MemoryPanels({ sessions, extensionUri: context.extensionUri, log });
  const serial = new SerialTerminals(sessions, context.workspaceState, log);
  const status = new StatusBar(sessions, log);
  const adapters = new AdapterFactory(context.extensionUri, context.globalStorageUri, log);
  const { version } = context.extension.packageJSON as { readonly version: string };

  const { registerCommand } = vscode.commands;
  const dynamic = vscode.DebugConfigurationProviderTriggerKind.Dynamic;
  context.subscriptions.push(
    log,
    display,
    machine,
    memory,
    serial,
    status,
    new Problems(sessions),
    registerAssemblyProviders(sessions),
    sessions,
    sessions.onDidEnd(({ id }) => removeGeneratedBreakpoints(id)),
    vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, sessions),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, adapters),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new ConfigurationProvider(log)),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new DynamicConfigurations(), dynamic),
    registerCommand(COMMANDS.debugFile, debugFile),
    registerCommand(COMMANDS.openExample, () => openExample(context.extensionUri, context.globalStorageUri)),
    registerCommand(COMMANDS.stepBackInto, (argument: Parameters<typeof stepBackInto>[1]) =>
      stepBackInto(sessions, argument),
    ),
    registerCommand(COMMANDS.openDisplay, () => display.show()),
    registerCommand(COMMANDS.sendKey, () => display.chooseKey()),
    registerCommand(COMMANDS.changeFloppy, (given: Parameters<typeof changeFloppy>[1]) =>
      changeFloppy(sessions, given),
    ),
    registerCommand(COMMANDS.saveScreenshot, (target: vscode.Uri | undefined) => display.saveScreenshot(target)),
    registerCommand(COMMANDS.copyScreenshot, () => display.copyScreenshot()),
    registerCommand(COMMANDS.toggleSound, () => display.toggleSound()),
    registerCommand(COMMANDS.openSerial, () => serial.show()),
    registerCommand(COMMANDS.copyValue, (node: MachineNode) => machine.copyValue(node)),
    registerCommand(COMMANDS.setValue, (node: MachineNode) => machine.setValue(node)),
    registerCommand(COMMANDS.watchValue, (node: MachineNode) => machine.watchValue(node)),
    registerCommand(COMMANDS.breakOnChange, (node: MachineNode) => machine.breakOnChange(node)),
    registerCommand(COMMANDS.refreshMachine, () => machine.refresh()),
    registerCommand(COMMANDS.whoWrote, (argument: Parameters<typeof whoWrote>[1]) => whoWrote(sessions, argument)),
    registerCommand(COMMANDS.copyGdbCommand, () => copyGdbCommand(sessions)),
    registerCommand(COMMANDS.openMemory, (argument: Parameters<typeof memory.open>[0]) => memory.open(argument)),
    registerCommand(COMMANDS.goToMemory, () => memory.ask()),
    ...Object.entries(MEMORY_ACTIONS).map(([command, action]) =>
      registerCommand(command, (range: MemoryRange | undefined) => memory.withRange(range, action)),
    ),
    registerCommand(COMMANDS.reportProblem, () => reportProblem(sessions, log, version)),
  );
  return { adapters, sessions, display, machine, memory, serial, status };
}
