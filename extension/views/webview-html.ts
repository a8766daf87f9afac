/** The page of a webview: nothing may be loaded but our own script, style and font. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

export interface Page {
  /** Name of the bundle in dist/webview. */
  readonly name: string;
  readonly title: string;
  /** Inside of the body. */
  readonly body: string;
  /** What its script finds as `document.body.dataset`. */
  readonly data?: Readonly<Record<string, string>>;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' };

/** `name="value"`, whatever the value holds. */
const attribute = (name: string, value: string): string =>
  `${name}="${value.replaceAll(/[&"<>]/g, (one) => ESCAPES[one] ?? one)}"`;

/** Where the bundles of the webviews lie. */
export const webviewFolder = (extensionUri: vscode.Uri): vscode.Uri =>
  vscode.Uri.joinPath(extensionUri, 'dist', 'webview');

export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, page: Page): string {
  const { name, title, body, data = {} } = page;
  const nonce = randomBytes(16).toString('base64url');
  const uri = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(webviewFolder(extensionUri), file)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  const attributes = Object.entries(data).map(([key, value]) => ` ${attribute(`data-${key}`, value)}`);
  // The icons of the buttons find their style sheet by this id.
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link id="vscode-codicon-stylesheet" rel="stylesheet" href="${uri(`${name}.css`)}">
<title>${title}</title>
</head>
<body${attributes.join('')}>
${body}
<script nonce="${nonce}" src="${uri(`${name}.js`)}"></script>
</body>
</html>
`;
}
