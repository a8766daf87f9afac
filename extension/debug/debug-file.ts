/** The command Debug with Stepback: from the Explorer, an editor's title, a key or the palette. */
import * as vscode from 'vscode';
import { launchOf } from './configuration-provider';
import { IMAGE_ENDINGS, isImagePath, isSourcePath } from './file-kinds';
import { activeFile } from './files';

/** What the key binding hands over when the Explorer has the focus. */
const EXPLORER = 'explorer';

/**
 * The file on which the Explorer stands. There is no call that tells it, so it is copied as a path and read back; the
 * clipboard is given its text again. Undefined where the clipboard can't be read, and in a browser, whose leave for that
 * would have to be asked: there the file that the Explorer has opened is the active one.
 */
async function explorerFile(): Promise<vscode.Uri | undefined> {
  if (vscode.env.uiKind === vscode.UIKind.Web) return undefined;
  try {
    const before = await vscode.env.clipboard.readText();
    await vscode.commands.executeCommand('copyFilePath');
    const copied = await vscode.env.clipboard.readText();
    await vscode.env.clipboard.writeText(before);
    return isImagePath(copied) ? vscode.Uri.file(copied) : undefined;
  } catch {
    return undefined;
  }
}

async function askForImage(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: 'Image to debug',
    openLabel: 'Debug',
    filters: { Images: IMAGE_ENDINGS.map((ending) => ending.slice(1)), 'All files': ['*'] },
  });
  return chosen?.[0];
}

function isDebuggable(uri: vscode.Uri | undefined): uri is vscode.Uri {
  return uri !== undefined && (isImagePath(uri.fsPath) || isSourcePath(uri.fsPath));
}

/** @param target the file of the menu, or what the key binding says */
export async function debugFile(target?: unknown): Promise<boolean> {
  const named = target instanceof vscode.Uri ? target : target === EXPLORER ? await explorerFile() : undefined;
  const open = activeFile();
  const file = named ?? (isDebuggable(open) ? open : await askForImage());
  if (file === undefined) return false;
  return vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(file), launchOf(file.fsPath));
}
