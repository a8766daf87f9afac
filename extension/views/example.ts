/** The example of the walkthrough: a copy that the person may change. */
import * as vscode from 'vscode';

const FOLDER = 'hello-boot';
/** The source first, so that what was built from it is not older. */
const FILES = ['boot.asm', 'boot.bin', 'boot.lst', 'boot.map'] as const;

async function isThere(file: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(file);
    return true;
  } catch {
    return false;
  }
}

/** Opens the source of the copy, which is made where there is none yet. */
export async function openExample(extensionUri: vscode.Uri, storageUri: vscode.Uri): Promise<vscode.TextEditor> {
  const from = vscode.Uri.joinPath(extensionUri, 'examples', FOLDER);
  const to = vscode.Uri.joinPath(storageUri, FOLDER);
  const [source] = FILES;
  if (!(await isThere(vscode.Uri.joinPath(to, source)))) {
    for (const name of FILES) {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(from, name));
      await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(to, name), bytes);
    }
  }
  return vscode.window.showTextDocument(vscode.Uri.joinPath(to, source), { viewColumn: vscode.ViewColumn.One });
}
