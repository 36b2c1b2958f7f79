import { Body, Get, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { t } from '../../../admin-ui/strings.js';
import { MailTexts, TEXT_FIELDS, type TextFields } from '../../../admin-ui/views/mail-texts.js';
import { App } from '../../apps/app.model.js';
import { AppSettingsService, settingsOf } from '../../apps/app-settings.service.js';
import { parsed } from '../../apps/mail-settings.js';
import { LOCALES, type Locale } from '../../mail/templates/locale.js';
import { mailTexts, withoutEmpty } from '../../mail/templates/own-texts.js';
import { APP_TEMPLATES, type AppTemplate } from '../../mail/templates/templates.js';
import { MailPreviewsService } from '../../providers/local-userpass/mail-previews.service.js';
import { last, type RawQuery } from '../api/users.query.js';
import { AdminApp, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { changesIn, formIn, storedIn, type SentForm } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';

interface Which {
  template: AppTemplate;
  locale: Locale;
}

type Typed = Partial<
  Pick<Parameters<typeof MailTexts>[0], 'texts' | 'problem' | 'senderProblem' | 'sender' | 'defaultLocale'>
>;

/** What the mails of an app say, with a look at it before it is saved. */
@AppPage('mails/texts')
export class MailTextsPage {
  constructor(
    private readonly pages: Pages,
    private readonly settings: AppSettingsService,
    private readonly previews: MailPreviewsService,
  ) {}

  @Get()
  async show(
    @AdminApp() app: App,
    @Query() query: RawQuery,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.#show(app, whichIn(app, last(query['template']), last(query['locale'])), request, reply);
  }

  /** Saves, shows or sends what was typed: as the button says. */
  @Post()
  async change(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const which = whichIn(app, form.get('template'), form.get('locale'));
    const typed = fieldsOf((name) => form.get(name).replaceAll('\r\n', '\n').trim());
    try {
      const texts = parsed(mailTexts, withoutEmpty(typed), 'texts');
      if (form.get('do') === 'preview') return await this.#show(app, which, request, reply, { texts: typed });
      if (form.get('do') === 'test') {
        const to = request.latchkeyAdmin!.name;
        await this.previews.test(app, { ...which, texts }, to);
        return this.pages.go(reply, this.#path(app, which), { kind: 'done', text: t.mailTexts.sent(to) });
      }
      if (isStale(app, which, form)) {
        return await this.#show(app, which, request, reply, { texts: typed, problem: t.mailTexts.changed }, 409);
      }
      const { template, locale } = which;
      const all = { ...app.mailTexts, [template]: { ...app.mailTexts?.[template], [locale]: texts } };
      await this.settings.change(app, { mailTexts: all });
      this.pages.done(reply, this.#path(app, which), t.mailTexts.saved);
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(app, which, request, reply, { texts: typed, problem: text }, status);
    }
  }

  @Post('sender')
  async setSender(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const which = whichIn(app, undefined, undefined);
    const stored = senderOf(app);
    const typed = { sender: form.get('sender').trim(), locale: form.get('locale') || stored.locale };
    const { changed, conflicts } = changesIn(form, typed, stored);
    const fail = (status: number, senderProblem: string): Promise<void> => {
      const { sender, locale: defaultLocale } = typed;
      return this.#show(app, which, request, reply, { sender, defaultLocale, senderProblem }, status);
    };
    if (conflicts.length > 0) return fail(409, t.mailTexts.senderChanged);
    const mailLocale = changed.includes('locale') && LOCALES.find((one) => one === typed.locale);
    try {
      await this.settings.change(app, {
        ...(changed.includes('sender') ? { mailSender: typed.sender } : {}),
        ...(mailLocale ? { mailLocale } : {}),
      });
      this.pages.done(reply, this.#path(app, which), t.mailTexts.senderSaved);
    } catch (error) {
      const { status, text } = problemIn(error);
      await fail(status, text);
    }
  }

  async #show(
    app: App,
    which: Which,
    request: AdminRequest,
    reply: FastifyReply,
    typed: Typed = {},
    status = 200,
  ): Promise<void> {
    const was = storedOf(app, which);
    const tried = typed.texts && !typed.problem ? { texts: withoutEmpty(typed.texts) } : {};
    const senderWas = senderOf(app);
    const preview = await this.previews.show(app, { ...which, ...tried });
    const page = {
      path: `${this.pages.pathOf(app)}/mails/texts`,
      ...which,
      locales: LOCALES,
      texts: was,
      was,
      preview,
      sender: senderWas.sender,
      defaultLocale: senderWas.locale,
      senderWas,
      ...typed,
    };
    await this.pages.show(request, reply, (frame) => MailTexts({ frame, ...page }), status);
  }

  #path(app: App, { template, locale }: Which): string {
    return `${this.pages.pathOf(app)}/mails/texts?template=${template}&locale=${locale}`;
  }
}

function whichIn(app: App, template: string | undefined, locale: string | undefined): Which {
  return {
    template: APP_TEMPLATES.find((one) => one === template) ?? APP_TEMPLATES[0],
    locale: LOCALES.find((one) => one === locale) ?? app.mailLocale ?? 'en',
  };
}

function storedOf(app: App, { template, locale }: Which): TextFields {
  const texts = app.mailTexts?.[template]?.[locale] ?? {};
  return fieldsOf((name) => texts[name] ?? '');
}

/** Whether somebody else saved other words since the form was opened. */
function isStale(app: App, which: Which, form: SentForm): boolean {
  const stored = storedOf(app, which);
  const was = storedIn(form, stored);
  return TEXT_FIELDS.some((name) => was[name] !== stored[name]);
}

function fieldsOf(value: (name: keyof TextFields) => string): TextFields {
  return Object.fromEntries(TEXT_FIELDS.map((name) => [name, value(name)])) as TextFields;
}

function senderOf(app: App): { sender: string; locale: string } {
  const { mailSender: sender, mailLocale: locale } = settingsOf(app);
  return { sender, locale };
}
