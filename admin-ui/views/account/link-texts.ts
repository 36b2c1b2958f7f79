import type { Locale } from './texts.js';

export interface LinkTexts {
  title: string;
  lead: string;
  account: string;
  /** Of a user who has neither an address nor a name yet. */
  nameless: string;
  warning: string;
  button: { what: string; goOn: string };
  again: string;
}

/** What the page says that asks before another way to log in is added to an account. */
export const LINK_TEXTS: Record<Locale, LinkTexts> = {
  en: {
    title: 'Add a way to log in',
    lead: 'From now on, the account below can be entered by this way too.',
    account: 'Account',
    nameless: 'an account without a name',
    warning: 'Go on only if this is your own account, and if you started this in the app.',
    button: { what: 'Added to it', goOn: 'Go on to' },
    again: 'Go back to the app and start again.',
  },
  de: {
    title: 'Weitere Anmeldung hinzufügen',
    lead: 'Das Konto unten kann danach auch auf diesem Weg betreten werden.',
    account: 'Konto',
    nameless: 'ein Konto ohne Namen',
    warning: 'Nur weitergehen, wenn dies das eigene Konto ist und der Vorgang in der App begonnen wurde.',
    button: { what: 'Hinzu kommt', goOn: 'Weiter zu' },
    again: 'Bitte zur App zurückgehen und noch einmal beginnen.',
  },
  fr: {
    title: 'Ajouter un moyen de connexion',
    lead: 'Le compte ci-dessous sera désormais accessible aussi par ce moyen.',
    account: 'Compte',
    nameless: 'un compte sans nom',
    warning: 'Ne continuez que si ce compte est le vôtre et si vous avez commencé dans l’application.',
    button: { what: 'Ajouté', goOn: 'Continuer vers' },
    again: 'Revenez à l’application et recommencez.',
  },
  es: {
    title: 'Añadir una forma de iniciar sesión',
    lead: 'A partir de ahora también se podrá entrar en la cuenta de abajo de esta forma.',
    account: 'Cuenta',
    nameless: 'una cuenta sin nombre',
    warning: 'Continúe solo si esta cuenta es la suya y si empezó en la aplicación.',
    button: { what: 'Se añade', goOn: 'Continuar a' },
    again: 'Vuelva a la aplicación y empiece de nuevo.',
  },
};
