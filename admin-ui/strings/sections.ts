/** The names of pages, in navigation and as headings. */
export const sections = {
  dashboard: 'Dashboard',
  users: 'Users',
  pending: 'Pending users',
  providers: 'Providers',
  keys: 'API keys',
  secrets: 'Secrets',
  functions: 'Functions',
  mails: 'Mails',
  statistics: 'Statistics',
  audit: 'Audit log',
  signing: 'Signing keys',
  settings: 'Settings',
  apps: 'Apps',
  administrators: 'Administrators',
  account: 'Your account',
  system: 'System',
};

export const shownOnce = {
  text: 'Copy this now: it is shown this once.',
  copy: 'Copy',
  copied: 'Copied',
};
