/** Which editor `npm start` opens, decided from the environment alone. */

export type Editor =
  /** A desktop VS Code on this computer's own screen. */
  | { readonly kind: 'desktop'; readonly program: string }
  /** A terminal inside a remote window of VS Code: `code` there speaks to the window on another computer. */
  | { readonly kind: 'remote'; readonly program: string; readonly where: 'SSH' | 'WSL' | 'remote' }
  /** No VS Code that could open a window: code-server and a browser. */
  | { readonly kind: 'server'; readonly why: string };

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly find: (name: string) => string | undefined;
}

const PROGRAMS = ['code', 'code-insiders', 'codium'] as const;

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

/** Whether a window can be opened on a screen here. */
export function hasScreen({ platform, env }: Surroundings): boolean {
  if (platform !== 'linux') return !isSet(env.SSH_CONNECTION);
  return isSet(env.DISPLAY) || isSet(env.WAYLAND_DISPLAY);
}

export function chooseEditor(here: Surroundings): Editor {
  const { env, find } = here;
  const names = isSet(env.VSCODE) ? [env.VSCODE ?? '', ...PROGRAMS] : PROGRAMS;
  const program = names.map(find).find((found) => found !== undefined);
  if (program === undefined) return { kind: 'server', why: `none of ${names.join(', ')} is on PATH` };
  if (isSet(env.WSL_DISTRO_NAME)) return { kind: 'remote', program, where: 'WSL' };
  // Set in the terminals of a window whose extensions run on this side.
  if (isSet(env.VSCODE_IPC_HOOK_CLI)) {
    return { kind: 'remote', program, where: isSet(env.SSH_CONNECTION) ? 'SSH' : 'remote' };
  }
  if (!hasScreen(here)) return { kind: 'server', why: `${program} has no screen here` };
  return { kind: 'desktop', program };
}

/** The command that lets a browser on another computer reach a port of this one. */
export function tunnelLine(port: number, env: Readonly<Record<string, string | undefined>>, host: string): string {
  // SSH_CONNECTION: client address, client port, server address, server port.
  const [, , address = host, sshPort = '22'] = (env.SSH_CONNECTION ?? '').split(' ');
  const target = `${env.USER ?? env.LOGNAME ?? 'USER'}@${address === '' ? host : address}`;
  return `ssh -L ${port}:127.0.0.1:${port}${sshPort === '22' ? '' : ` -p ${sshPort}`} ${target}`;
}
