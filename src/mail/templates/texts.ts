import type { Locale } from './locale.js';

/** What one mail says, but for the link. `{app}`, `{when}` and `{device}` are filled in. */
export interface Texts {
  subject: string;
  /** Before the link. */
  intro: string;
  button: string;
  /** After the link. */
  outro: string;
}

export interface Frame {
  asked: string;
  askedFrom: string;
}

export const FRAMES: Record<Locale, Frame> = {
  en: { asked: 'Asked for on {when}.', askedFrom: 'Asked for on {when}, from a device of this kind: {device}.' },
  de: { asked: 'Angefordert am {when}.', askedFrom: 'Angefordert am {when}, von einem Gerät dieser Art: {device}.' },
  fr: { asked: 'Demandé le {when}.', askedFrom: 'Demandé le {when}, depuis un appareil de ce type : {device}.' },
  es: {
    asked: 'Solicitado el {when}.',
    askedFrom: 'Solicitado el {when}, desde un dispositivo de este tipo: {device}.',
  },
};

export const CONFIRMATION: Record<Locale, Texts> = {
  en: {
    subject: '{app}: confirm your email address',
    intro: 'Somebody, most likely you, registered this address with {app}. Open this link to confirm it:',
    button: 'Confirm the address',
    outro:
      'The link works once, for 30 minutes. If it was not you, do nothing: without it, no account comes into being.',
  },
  de: {
    subject: '{app}: E-Mail-Adresse bestätigen',
    intro: 'Jemand, wahrscheinlich Sie, hat diese Adresse bei {app} angemeldet. Mit diesem Link bestätigen Sie sie:',
    button: 'Adresse bestätigen',
    outro:
      'Der Link gilt einmal und 30 Minuten lang. Wenn Sie es nicht waren, tun Sie nichts: ohne ihn entsteht kein Konto.',
  },
  fr: {
    subject: '{app} : confirmez votre adresse e-mail',
    intro: 'Quelqu’un, sans doute vous, a inscrit cette adresse auprès de {app}. Ouvrez ce lien pour la confirmer :',
    button: 'Confirmer l’adresse',
    outro:
      'Le lien fonctionne une seule fois, pendant 30 minutes. Si ce n’était pas vous, ne faites rien : sans lui, aucun compte n’est créé.',
  },
  es: {
    subject: '{app}: confirma tu dirección de correo',
    intro: 'Alguien, probablemente tú, registró esta dirección en {app}. Abre este enlace para confirmarla:',
    button: 'Confirmar la dirección',
    outro:
      'El enlace funciona una sola vez, durante 30 minutos. Si no fuiste tú, no hagas nada: sin él no se crea ninguna cuenta.',
  },
};

export const RESET: Record<Locale, Texts> = {
  en: {
    subject: '{app}: choose a new password',
    intro: 'Somebody, most likely you, asked for a new password at {app}. Open this link to choose one:',
    button: 'Choose a new password',
    outro: 'The link works once, for 30 minutes. If it was not you, do nothing: your password stays as it is.',
  },
  de: {
    subject: '{app}: neues Passwort wählen',
    intro: 'Jemand, wahrscheinlich Sie, möchte ein neues Passwort bei {app}. Mit diesem Link wählen Sie eines:',
    button: 'Neues Passwort wählen',
    outro:
      'Der Link gilt einmal und 30 Minuten lang. Wenn Sie es nicht waren, tun Sie nichts: Ihr Passwort bleibt, wie es ist.',
  },
  fr: {
    subject: '{app} : choisissez un nouveau mot de passe',
    intro:
      'Quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour {app}. Ouvrez ce lien pour en choisir un :',
    button: 'Choisir un nouveau mot de passe',
    outro:
      'Le lien fonctionne une seule fois, pendant 30 minutes. Si ce n’était pas vous, ne faites rien : votre mot de passe reste le même.',
  },
  es: {
    subject: '{app}: elige una contraseña nueva',
    intro: 'Alguien, probablemente tú, pidió una contraseña nueva en {app}. Abre este enlace para elegirla:',
    button: 'Elegir una contraseña nueva',
    outro:
      'El enlace funciona una sola vez, durante 30 minutos. Si no fuiste tú, no hagas nada: tu contraseña sigue igual.',
  },
};
