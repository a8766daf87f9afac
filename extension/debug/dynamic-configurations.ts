/** The launches that the drop-down of the Run view offers by itself: the images of the folder. */
import * as vscode from 'vscode';
import { launchOf } from './configuration-provider';
import { IMAGE_ENDINGS, isImagePath, isSourcePath } from './file-kinds';
import { activeFile } from './files';

/** Most images that are offered. */
const MOST = 30;

const GLOB = `**/*{${IMAGE_ENDINGS.join(',')}}`;
const NOT_IN = '**/node_modules/**';

export class DynamicConfigurations implements vscode.DebugConfigurationProvider {
  async provideDebugConfigurations(
    folder: vscode.WorkspaceFolder | undefined,
    token?: vscode.CancellationToken,
  ): Promise<vscode.DebugConfiguration[]> {
    const where = folder === undefined ? GLOB : new vscode.RelativePattern(folder, GLOB);
    const found = await vscode.workspace.findFiles(where, NOT_IN, MOST, token);
    const active = activeFile();
    const paths = new Set<string>();
    if (active !== undefined && (isImagePath(active.fsPath) || isSourcePath(active.fsPath))) paths.add(active.fsPath);
    for (const { fsPath } of found.toSorted((a, b) => a.fsPath.localeCompare(b.fsPath))) paths.add(fsPath);
    return [...paths].map((file) => {
      const launch = launchOf(file);
      const shown = vscode.workspace.asRelativePath(file);
      return { ...launch, name: `Debug ${shown}` };
    });
  }
}
