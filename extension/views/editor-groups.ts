/** Where a view of the machine opens among the editors. */
import * as vscode from 'vscode';

/** Beside what is looked at: a group that is there, else a new one. */
export function besideSource(): vscode.ViewColumn {
  const other = vscode.window.tabGroups.all.find((group) => !group.isActive);
  return other?.viewColumn ?? vscode.ViewColumn.Beside;
}

/** The group that holds a webview of this kind, if any. */
export function groupWith(viewType: string): vscode.TabGroup | undefined {
  return vscode.window.tabGroups.all.find(({ tabs }) =>
    // VS Code puts a prefix before the kind.
    tabs.some(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(viewType)),
  );
}
