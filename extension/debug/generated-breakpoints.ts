/** Breakpoints in a text that a session made lead nowhere once it is over; VS Code would keep them in its list for good. */
import * as vscode from 'vscode';

/** Scheme of a text that comes from a debug session; the query names the session. */
const SCHEME = 'debug';

/** Removes the breakpoints that lie in texts of this session. */
export function removeGeneratedBreakpoints(sessionId: string): void {
  const gone = vscode.debug.breakpoints.filter(
    (one) =>
      one instanceof vscode.SourceBreakpoint &&
      one.location.uri.scheme === SCHEME &&
      new URLSearchParams(one.location.uri.query).get('session') === sessionId,
  );
  if (gone.length > 0) vscode.debug.removeBreakpoints(gone);
}
