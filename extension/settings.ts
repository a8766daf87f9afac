/** The extension's settings, read when they are needed so that a change counts at once. */
import * as vscode from 'vscode';
import { SETTINGS, SETTINGS_SECTION } from './ids';

const read = <T>(name: string, otherwise: T): T =>
  vscode.workspace.getConfiguration(SETTINGS_SECTION).get<T>(name, otherwise);

export const settings = {
  get adapter(): 'worker' | 'process' {
    return read<'worker' | 'process'>(SETTINGS.adapter, 'worker');
  },
  get openDisplay(): boolean {
    return read(SETTINGS.openDisplay, true);
  },
  get sound(): boolean {
    return read(SETTINGS.sound, false);
  },
  get openSerial(): boolean {
    return read(SETTINGS.openSerial, true);
  },
};
