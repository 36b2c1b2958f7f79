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

/** To somebody whom an administrator invites to an app. */
export const INVITATION: Record<Locale, Texts> = {
  en: {
    subject: 'Your account at {app}',
    intro: 'You are invited to {app}. Open this link to choose a password:',
    button: 'Choose a password',
    outro:
      'The link works once, for 7 days. If you did not expect it, do nothing: without it, no account comes into being.',
  },
  de: {
    subject: 'Ihr Konto bei {app}',
    intro: 'Sie sind zu {app} eingeladen. Mit diesem Link wählen Sie ein Passwort:',
    button: 'Passwort wählen',
    outro:
      'Der Link gilt einmal und 7 Tage lang. Wenn Sie ihn nicht erwartet haben, tun Sie nichts: ohne ihn entsteht kein Konto.',
  },
  fr: {
    subject: 'Votre compte {app}',
    intro: 'Vous êtes invité à {app}. Ouvrez ce lien pour choisir un mot de passe :',
    button: 'Choisir un mot de passe',
    outro:
      'Le lien fonctionne une seule fois, pendant 7 jours. Si vous ne l’attendiez pas, ne faites rien : sans lui, aucun compte n’est créé.',
  },
  es: {
    subject: 'Tu cuenta en {app}',
    intro: 'Te han invitado a {app}. Abre este enlace para elegir una contraseña:',
    button: 'Elegir una contraseña',
    outro:
      'El enlace funciona una sola vez, durante 7 días. Si no lo esperabas, no hagas nada: sin él no se crea ninguna cuenta.',
  },
};

/** To somebody who has an account, when the address is registered again and the answer may not tell. */
export const TAKEN: Record<Locale, Texts> = {
  en: {
    subject: '{app}: you have an account already',
    intro:
      'Somebody, most likely you, tried to register this address with {app}, where you have an account already. If you forgot its password, open this link to choose a new one:',
    button: 'Choose a new password',
    outro: 'The link works once, for 30 minutes. If it was not you, do nothing: your account stays as it is.',
  },
  de: {
    subject: '{app}: Sie haben schon ein Konto',
    intro:
      'Jemand, wahrscheinlich Sie, wollte diese Adresse bei {app} anmelden, wo Sie schon ein Konto haben. Wenn Sie das Passwort vergessen haben, wählen Sie mit diesem Link ein neues:',
    button: 'Neues Passwort wählen',
    outro:
      'Der Link gilt einmal und 30 Minuten lang. Wenn Sie es nicht waren, tun Sie nichts: Ihr Konto bleibt, wie es ist.',
  },
  fr: {
    subject: '{app} : vous avez déjà un compte',
    intro:
      'Quelqu’un, sans doute vous, a voulu inscrire cette adresse auprès de {app}, où vous avez déjà un compte. Si vous avez oublié le mot de passe, ouvrez ce lien pour en choisir un nouveau :',
    button: 'Choisir un nouveau mot de passe',
    outro:
      'Le lien fonctionne une seule fois, pendant 30 minutes. Si ce n’était pas vous, ne faites rien : votre compte reste le même.',
  },
  es: {
    subject: '{app}: ya tienes una cuenta',
    intro:
      'Alguien, probablemente tú, quiso registrar esta dirección en {app}, donde ya tienes una cuenta. Si olvidaste la contraseña, abre este enlace para elegir una nueva:',
    button: 'Elegir una contraseña nueva',
    outro:
      'El enlace funciona una sola vez, durante 30 minutos. Si no fuiste tú, no hagas nada: tu cuenta sigue igual.',
  },
};

/** To somebody who is to look after apps. */
export const ADMINISTRATOR: Record<Locale, Texts> = {
  en: {
    subject: 'Invitation to the console of {app}',
    intro: 'You are invited to become an administrator of {app}. Open this link to accept:',
    button: 'Accept the invitation',
    outro: 'The link works once, for 7 days. If you did not expect it, do nothing.',
  },
  de: {
    subject: 'Einladung zur Verwaltung von {app}',
    intro: 'Sie sind eingeladen, {app} mitzuverwalten. Mit diesem Link nehmen Sie an:',
    button: 'Einladung annehmen',
    outro: 'Der Link gilt einmal und 7 Tage lang. Wenn Sie ihn nicht erwartet haben, tun Sie nichts.',
  },
  fr: {
    subject: 'Invitation à administrer {app}',
    intro: 'Vous êtes invité à administrer {app}. Ouvrez ce lien pour accepter :',
    button: 'Accepter l’invitation',
    outro: 'Le lien fonctionne une seule fois, pendant 7 jours. Si vous ne l’attendiez pas, ne faites rien.',
  },
  es: {
    subject: 'Invitación a administrar {app}',
    intro: 'Te han invitado a administrar {app}. Abre este enlace para aceptar:',
    button: 'Aceptar la invitación',
    outro: 'El enlace funciona una sola vez, durante 7 días. Si no lo esperabas, no hagas nada.',
  },
};
