export type Locale = 'en' | 'de' | 'fr' | 'es';

interface Step {
  title: string;
  /** Before the address that it is about. */
  lead: string;
  button: string;
  doneTitle: string;
  done: string;
}

/** Why a new password is not taken: sentences, but for `other`, which is followed by one in English. */
interface Refusals {
  length: (fewest: number, most: number) => string;
  text: string;
  common: string;
  breached: string;
  other: string;
}

export interface Texts {
  confirm: Step;
  reset: Step;
  invite: Step;
  password: string;
  again: string;
  different: string;
  refused: Refusals;
  error: string;
  notValidTitle: string;
  notValid: string;
}

/** What the pages for people with an account at an app say. */
export const TEXTS: Record<Locale, Texts> = {
  en: {
    confirm: {
      title: 'Confirm your email address',
      lead: 'This is your address, and you want an account with it:',
      button: 'Yes, confirm the address',
      doneTitle: 'The address is confirmed',
      done: 'Go back to the app and log in. You can close this page.',
    },
    reset: {
      title: 'Choose a new password',
      lead: 'The new password is for the account of',
      button: 'Set the password',
      doneTitle: 'The password is set',
      done: 'You are logged out everywhere. Go back to the app and log in with the new password. You can close this page.',
    },
    invite: {
      title: 'Choose a password',
      lead: 'With it, you will have an account as',
      button: 'Make the account',
      doneTitle: 'You have an account',
      done: 'Go to the app and log in with your address and the password. You can close this page.',
    },
    password: 'Password',
    again: 'The same password again',
    different: 'The two passwords are not the same.',
    refused: {
      length: (fewest, most) => `The password must have ${fewest} to ${most} characters.`,
      text: 'The password holds characters that are not valid.',
      common: 'Very many people use this password. Choose another one.',
      breached: 'This password is known from a data breach. Choose another one.',
      other: 'This password cannot be taken:',
    },
    error: 'Error',
    notValidTitle: 'This link is not valid, or not any more',
    notValid:
      'It may have been used already, or be too old. If it was used, log in to the app; if not, ask there for a new one.',
  },
  de: {
    confirm: {
      title: 'E-Mail-Adresse bestätigen',
      lead: 'Das ist Ihre Adresse, und Sie möchten ein Konto mit ihr:',
      button: 'Ja, Adresse bestätigen',
      doneTitle: 'Die Adresse ist bestätigt',
      done: 'Gehen Sie zurück zur App und melden Sie sich an. Diese Seite können Sie schließen.',
    },
    reset: {
      title: 'Neues Passwort wählen',
      lead: 'Das neue Passwort gilt für das Konto von',
      button: 'Passwort speichern',
      doneTitle: 'Das Passwort ist gespeichert',
      done: 'Sie sind überall abgemeldet. Gehen Sie zurück zur App und melden Sie sich mit dem neuen Passwort an. Diese Seite können Sie schließen.',
    },
    invite: {
      title: 'Passwort wählen',
      lead: 'Damit haben Sie ein Konto als',
      button: 'Konto anlegen',
      doneTitle: 'Sie haben ein Konto',
      done: 'Gehen Sie zur App und melden Sie sich mit Adresse und Passwort an. Diese Seite können Sie schließen.',
    },
    password: 'Passwort',
    again: 'Dasselbe Passwort noch einmal',
    different: 'Die beiden Passwörter sind nicht gleich.',
    refused: {
      length: (fewest, most) => `Das Passwort muss ${fewest} bis ${most} Zeichen haben.`,
      text: 'Das Passwort enthält ungültige Zeichen.',
      common: 'Dieses Passwort verwenden sehr viele Menschen. Bitte wählen Sie ein anderes.',
      breached: 'Dieses Passwort ist aus einem Datenleck bekannt. Bitte wählen Sie ein anderes.',
      other: 'Dieses Passwort geht nicht:',
    },
    error: 'Fehler',
    notValidTitle: 'Dieser Link gilt nicht oder nicht mehr',
    notValid:
      'Vielleicht wurde er schon benutzt oder ist zu alt. Wurde er benutzt, melden Sie sich in der App an; wenn nicht, fordern Sie dort einen neuen an.',
  },
  fr: {
    confirm: {
      title: 'Confirmer votre adresse e-mail',
      lead: 'C’est votre adresse, et vous voulez un compte avec elle :',
      button: 'Oui, confirmer l’adresse',
      doneTitle: 'L’adresse est confirmée',
      done: 'Retournez dans l’application et connectez-vous. Vous pouvez fermer cette page.',
    },
    reset: {
      title: 'Choisir un nouveau mot de passe',
      lead: 'Le nouveau mot de passe vaut pour le compte de',
      button: 'Enregistrer le mot de passe',
      doneTitle: 'Le mot de passe est enregistré',
      done: 'Vous êtes déconnecté partout. Retournez dans l’application et connectez-vous avec le nouveau mot de passe. Vous pouvez fermer cette page.',
    },
    invite: {
      title: 'Choisir un mot de passe',
      lead: 'Vous aurez ainsi un compte en tant que',
      button: 'Créer le compte',
      doneTitle: 'Vous avez un compte',
      done: 'Allez dans l’application et connectez-vous avec votre adresse et le mot de passe. Vous pouvez fermer cette page.',
    },
    password: 'Mot de passe',
    again: 'Le même mot de passe encore une fois',
    different: 'Les deux mots de passe ne sont pas identiques.',
    refused: {
      length: (fewest, most) => `Le mot de passe doit comporter de ${fewest} à ${most} caractères.`,
      text: 'Le mot de passe contient des caractères non valides.',
      common: 'Ce mot de passe est utilisé par un très grand nombre de personnes. Choisissez-en un autre.',
      breached: 'Ce mot de passe figure dans une fuite de données. Choisissez-en un autre.',
      other: 'Ce mot de passe n’est pas accepté :',
    },
    error: 'Erreur',
    notValidTitle: 'Ce lien n’est pas valable, ou ne l’est plus',
    notValid:
      'Il a peut-être déjà été utilisé, ou il est trop ancien. S’il a été utilisé, connectez-vous dans l’application ; sinon, demandez-y un nouveau lien.',
  },
  es: {
    confirm: {
      title: 'Confirma tu dirección de correo',
      lead: 'Esta es tu dirección y quieres una cuenta con ella:',
      button: 'Sí, confirmar la dirección',
      doneTitle: 'La dirección está confirmada',
      done: 'Vuelve a la aplicación e inicia sesión. Puedes cerrar esta página.',
    },
    reset: {
      title: 'Elige una contraseña nueva',
      lead: 'La contraseña nueva es para la cuenta de',
      button: 'Guardar la contraseña',
      doneTitle: 'La contraseña está guardada',
      done: 'Se cerró tu sesión en todas partes. Vuelve a la aplicación e inicia sesión con la contraseña nueva. Puedes cerrar esta página.',
    },
    invite: {
      title: 'Elige una contraseña',
      lead: 'Con ella tendrás una cuenta como',
      button: 'Crear la cuenta',
      doneTitle: 'Tienes una cuenta',
      done: 'Ve a la aplicación e inicia sesión con tu dirección y la contraseña. Puedes cerrar esta página.',
    },
    password: 'Contraseña',
    again: 'La misma contraseña otra vez',
    different: 'Las dos contraseñas no son iguales.',
    refused: {
      length: (fewest, most) => `La contraseña debe tener entre ${fewest} y ${most} caracteres.`,
      text: 'La contraseña contiene caracteres no válidos.',
      common: 'Muchísimas personas usan esta contraseña. Elige otra.',
      breached: 'Esta contraseña aparece en una filtración de datos. Elige otra.',
      other: 'Esta contraseña no se acepta:',
    },
    error: 'Error',
    notValidTitle: 'Este enlace no es válido, o ya no lo es',
    notValid:
      'Quizá ya se usó o es demasiado antiguo. Si se usó, inicia sesión en la aplicación; si no, pide allí uno nuevo.',
  },
};
