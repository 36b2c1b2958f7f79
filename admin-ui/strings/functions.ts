export const functions = {
  intro:
    'Names that providers call: who somebody is, or what becomes of a registration or a password reset. A webhook of yours answers, or a module of this server; code that is stored with an app is never run.',
  empty: 'No function yet. The provider custom-function needs one, and local-userpass can use them.',
  inModule: 'a module of this server',
  nothing: 'nothing answers',
  new: 'New function',
  create: 'Add the function',
  created: (name: string): string => `The function ${name} is added.`,
  saved: (name: string): string => `The function ${name} is saved.`,
  labels: { name: 'Name', url: 'Address of the webhook', secret: 'Secret that signs the calls' },
  help: {
    name: 'Letters, digits and underscores; providers name it so.',
    url: 'It gets a POST with what the provider says, and answers within five seconds. Empty: a module of this server answers.',
    secret: 'The name of a secret of this app, not the secret itself.',
  },
  delete: 'Delete',
  deleteTitle: 'Delete this function?',
  deleteText: 'Logins, registrations and resets that need it fail from now on.',
  deleted: (name: string): string => `The function ${name} is deleted.`,
};
