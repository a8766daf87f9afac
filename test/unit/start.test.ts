import { strict as assert } from 'node:assert';
import { listDifference } from '../../scripts/package';
import { judgeNotices, packagesOf } from '../../scripts/notices';
import { chooseEditor, hasScreen, tunnelLine, type Surroundings } from '../../scripts/start/editor';
import { parseArguments } from '../../scripts/vscode/shim';

const here = (env: Surroundings['env'], platform: NodeJS.Platform = 'linux', there = ['code']): Surroundings => ({
  platform,
  env,
  find: (name) => (there.includes(name) ? `/bin/${name}` : undefined),
});

describe('the editor that npm start opens', () => {
  it('is the desktop VS Code where there is a screen', () => {
    assert.deepEqual(chooseEditor(here({ DISPLAY: ':0' })), { kind: 'desktop', program: '/bin/code' });
    assert.deepEqual(chooseEditor(here({}, 'darwin')), { kind: 'desktop', program: '/bin/code' });
    assert.deepEqual(chooseEditor(here({ DISPLAY: ':0' }, 'linux', ['codium'])), {
      kind: 'desktop',
      program: '/bin/codium',
    });
    assert.deepEqual(chooseEditor(here({ DISPLAY: ':0', VSCODE: 'mine' }, 'linux', ['code', 'mine'])), {
      kind: 'desktop',
      program: '/bin/mine',
    });
  });

  it('is the window of a remote terminal', () => {
    assert.deepEqual(chooseEditor(here({ WSL_DISTRO_NAME: 'Debian' })), {
      kind: 'remote',
      program: '/bin/code',
      where: 'WSL',
    });
    assert.deepEqual(chooseEditor(here({ VSCODE_IPC_HOOK_CLI: '/s', SSH_CONNECTION: 'a 1 b 22' })), {
      kind: 'remote',
      program: '/bin/code',
      where: 'SSH',
    });
  });

  it('is code-server elsewhere, and says why', () => {
    const none = chooseEditor(here({ DISPLAY: ':0' }, 'linux', []));
    assert.ok(none.kind === 'server' && none.why.includes('PATH'));
    const blind = chooseEditor(here({ SSH_CONNECTION: 'a 1 b 22' }));
    assert.ok(blind.kind === 'server' && blind.why.includes('screen'));
    assert.equal(hasScreen(here({ WAYLAND_DISPLAY: 'w' })), true);
  });

  it('is reached from another computer', () => {
    assert.equal(tunnelLine(8123, { USER: 'u' }, 'box'), 'ssh -L 8123:127.0.0.1:8123 u@box');
    assert.equal(
      tunnelLine(8123, { USER: 'u', SSH_CONNECTION: '10.0.0.1 5 10.0.0.2 2222' }, 'box'),
      'ssh -L 8123:127.0.0.1:8123 -p 2222 u@10.0.0.2',
    );
  });
});

describe('the program that stands in for VS Code', () => {
  it('takes what runTests gives it', () => {
    assert.deepEqual(
      parseArguments([
        '/a/folder',
        '--no-sandbox',
        '--extensionDevelopmentPath=/e',
        '--extensionTestsPath=/t/index.js',
      ]),
      { folder: '/a/folder', extension: '/e', tests: '/t/index.js' },
    );
    assert.throws(() => parseArguments(['/a']), /--extensionDevelopmentPath= is missing/);
  });
});

describe('the package', () => {
  it('shows which files came and went', () => {
    assert.deepEqual(listDifference(['a', 'b'], ['b', 'c']), ['+ c', '- a']);
    assert.deepEqual(listDifference(['a'], ['a']), []);
  });
});

describe('notices', () => {
  it('know the packages of a bundle', () => {
    assert.deepEqual(
      packagesOf([
        'debug-adapter/main.ts',
        'node_modules/valibot/x.js',
        'node_modules/a/node_modules/@b/c/d.js',
        'node_modules/valibot/y.js',
      ]),
      ['@b/c', 'valibot'],
    );
  });

  it('miss a package, another version, and a cut licence', () => {
    const section = { heading: 'valibot 1.5.0 (MIT)', licenceText: 'MIT\n\nwhole' };
    assert.deepEqual(judgeNotices('valibot 1.5.0 (MIT)\nMIT\n\nwhole\n', [section]), []);
    assert.equal(judgeNotices('valibot 1.4.0 (MIT)\nMIT\n\nwhole\n', [section]).length, 1);
    assert.equal(judgeNotices('valibot 1.5.0 (MIT)\nMIT\n', [section]).length, 1);
  });
});
