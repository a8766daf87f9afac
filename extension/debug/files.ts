/** Files through VS Code, so that it works for whatever it can open. */
import * as vscode from 'vscode';
import type { FileFacts } from './built-image';

/** The facts of a file, or undefined where there is none. */
export async function fileFacts(path: string): Promise<FileFacts | undefined> {
  try {
    const { type, mtime } = await vscode.workspace.fs.stat(vscode.Uri.file(path));
    return (type & vscode.FileType.File) === 0 ? undefined : { path, modified: mtime };
  } catch {
    return undefined;
  }
}

/** The files of a folder; empty where it can't be read. */
export async function listFolder(folder: string): Promise<readonly FileFacts[]> {
  const uri = vscode.Uri.file(folder);
  let entries: readonly [string, vscode.FileType][];
  try {
    entries = await vscode.workspace.fs.readDirectory(uri);
  } catch {
    return [];
  }
  const files = entries.filter(([, type]) => (type & vscode.FileType.File) !== 0);
  const facts = await Promise.all(files.map(([name]) => fileFacts(vscode.Uri.joinPath(uri, name).fsPath)));
  return facts.filter((fact) => fact !== undefined);
}

/** The file of the active editor, also one that VS Code shows as binary or in a custom editor. */
export function activeFile(): vscode.Uri | undefined {
  const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return onDisk(input.uri);
  const editor = vscode.window.activeTextEditor;
  return editor === undefined ? undefined : onDisk(editor.document.uri);
}

const onDisk = (uri: vscode.Uri): vscode.Uri | undefined => (uri.scheme === 'file' ? uri : undefined);
