/** activate: constructs the parts, connects them, and does nothing else. */
import * as vscode from 'vscode';
import { AdapterFactory } from './debug/adapter-factory';
import { ConfigurationProvider } from './debug/configuration-provider';
import { debugFile } from './debug/debug-file';
import { DynamicConfigurations } from './debug/dynamic-configurations';
import { stepBackInto } from './debug/reverse';
import { Sessions } from './debug/sessions';
import { COMMANDS, DEBUG_TYPE } from './ids';
import { Log } from './log';

export function activate(context: vscode.ExtensionContext): void {
  const log = new Log();
  const sessions = new Sessions(log);
  const { registerCommand } = vscode.commands;
  const dynamic = vscode.DebugConfigurationProviderTriggerKind.Dynamic;
  context.subscriptions.push(
    log,
    sessions,
    vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, sessions),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, new AdapterFactory(context.extensionUri, log)),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new ConfigurationProvider(log)),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new DynamicConfigurations(), dynamic),
    registerCommand(COMMANDS.debugFile, debugFile),
    registerCommand(COMMANDS.stepBackInto, (argument) => stepBackInto(sessions, argument)),
  );
}
