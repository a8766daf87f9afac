/** Views and settings. */
import { DEBUG_TYPE, SETTINGS, SETTINGS_SECTION, VIEWS } from '../../extension/ids';

export const CONTRIBUTED_VIEWS = {
  debug: [
    {
      id: VIEWS.machine,
      name: 'Machine',
      icon: '$(circuit-board)',
      contextualTitle: 'Stepback',
      when: `inDebugMode && debugType == '${DEBUG_TYPE}'`,
    },
  ],
};

const setting = (name: string): string => `${SETTINGS_SECTION}.${name}`;

export const CONTRIBUTED_CONFIGURATION = {
  title: 'Stepback',
  properties: {
    [setting(SETTINGS.openDisplay)]: {
      type: 'boolean',
      default: true,
      description: 'Open the Display beside the source when the guest first shows something.',
    },
    [setting(SETTINGS.sound)]: {
      type: 'boolean',
      default: false,
      description:
        'Play the PC speaker. Begins when you first click or type in the Display, because browsers allow no sound before.',
    },
    [setting(SETTINGS.openSerial)]: {
      type: 'boolean',
      default: true,
      description: 'Open the terminal of a serial port when the guest first sends something there.',
    },
    [setting(SETTINGS.adapter)]: {
      enum: ['worker', 'process'],
      enumDescriptions: [
        'A worker thread of the extension host: the quickest way.',
        'A process of its own that speaks over stdin and stdout.',
      ],
      default: 'worker',
      description: 'Where the debug adapter and the machine run. Takes effect with the next session.',
    },
  },
};

/** Defaults of VS Code's own settings. */
export const CONTRIBUTED_DEFAULTS = {
  // Nothing that a step opens is to cover the Display or a Memory panel: other editors open in other groups.
  'workbench.editor.autoLockGroups': {
    [`mainThreadWebview-${VIEWS.display}`]: true,
    [`mainThreadWebview-${VIEWS.memory}`]: true,
  },
};
