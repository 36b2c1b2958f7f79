/** Actions on many users. */
export const jobs = {
  title: 'Actions on many users',
  intro: 'They go on while nobody looks, and after a restart of the server. They are listed for a month.',
  empty: 'None yet. Search for users, and do something with all that match.',
  action: 'Action',
  state: 'State',
  users: 'Users',
  states: {
    collecting: 'begins',
    running: 'goes on',
    done: 'done',
    stopped: 'stopped',
  },
  progress: 'Progress',
  handled: (handled: number, total: number): string =>
    `${handled.toLocaleString('en')} of ${total.toLocaleString('en')}`,
  status: (state: 'collecting' | 'running' | 'done' | 'stopped', percent: number): string => {
    if (state === 'collecting') return 'Finding out whom it is about.';
    if (state === 'running') return `${percent} % done.`;
    return state === 'done' ? 'It is done.' : 'It was stopped. What was done stays done.';
  },
  goesOn: 'It goes on when you leave this page.',
  done: 'Done',
  failed: 'Not done',
  by: 'By',
  created: 'Begun',
  finished: 'Over',
  stop: 'Stop',
  stopped: 'It is stopped.',
  wasOver: 'It was over already.',
  failures: 'What could not be done',
  firstFailures: (n: number): string => `The first ${n}.`,
  why: 'Why',
};
