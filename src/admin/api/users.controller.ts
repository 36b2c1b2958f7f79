import { Body, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import { AccountsService } from '../../accounts/accounts.service.js';
import { BulkService } from '../../accounts/bulk/bulk.service.js';
import { UserSearchService } from '../../accounts/user-search.service.js';
import { App } from '../../apps/app.model.js';
import { EmailUsersService } from '../../providers/local-userpass/email-users.service.js';
import { PasswordResetsService } from '../../providers/local-userpass/password-resets.service.js';
import { UserInvitationsService } from '../../providers/local-userpass/user-invitations.service.js';
import { UserListService } from '../../users/user-list.service.js';
import { UsersService } from '../../users/users.service.js';
import { AdminApp, AdminController, APP_PATH, RequiresToWrite } from '../auth/admin.decorators.js';
import { ObjectIdPipe } from './object-id.pipe.js';
import { seconds } from './admin-account.view.js';
import { BulkDto, CreateUserDto, InviteUserDto, PasswordDto, ResetEmailDto } from './users.dto.js';
import { userQueryIn, type RawQuery } from './users.query.js';
import { bulkResultView, userView } from './users.view.js';

/** admin-api.md section 5. */
@AdminController(APP_PATH)
@RequiresToWrite('GROUP_SUPPORT')
export class UsersController {
  constructor(
    private readonly search: UserSearchService,
    private readonly userList: UserListService,
    private readonly users: UsersService,
    private readonly emailUsers: EmailUsersService,
    private readonly invitations: UserInvitationsService,
    private readonly resets: PasswordResetsService,
    private readonly accounts: AccountsService,
    private readonly bulkActions: BulkService,
  ) {}

  @Get('users')
  async list(@AdminApp() app: App, @Query() query: RawQuery): Promise<Record<string, unknown>[]> {
    return (await this.search.list(app, userQueryIn(query))).map((user) => userView(app, user));
  }

  @Get('users_count')
  async count(@AdminApp() app: App): Promise<number> {
    return this.userList.count(app);
  }

  @Post('users')
  async create(@AdminApp() app: App, @Body() body: CreateUserDto): Promise<Record<string, unknown>> {
    return userView(app, await this.emailUsers.create(app, body));
  }

  /** A mail lets the person choose a password; there is no user before. */
  @Post('users/invite')
  async invite(@AdminApp() app: App, @Body() body: InviteUserDto): Promise<Record<string, unknown>> {
    const { _id, email, tokenExpiresAt } = await this.invitations.invite(app, body);
    return { _id: _id.toHexString(), email, expires: seconds(tokenExpiresAt) };
  }

  /** One result per user, in the order of `ids`. */
  @Post('users/bulk')
  @HttpCode(200)
  async bulk(@AdminApp() app: App, @Body() { action, ids }: BulkDto): Promise<Record<string, unknown>[]> {
    return (await this.bulkActions.run(app, action, ids)).map(bulkResultView);
  }

  @Get('users/:id')
  async get(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, unknown>> {
    return userView(app, await this.users.get(app, id));
  }

  @Delete('users/:id')
  @HttpCode(204)
  async delete(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.accounts.delete(app, id);
  }

  @Put('users/:id/enable')
  @HttpCode(204)
  async enable(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.accounts.enable(app, id);
  }

  @Put('users/:id/disable')
  @HttpCode(204)
  async disable(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.accounts.disable(app, id);
  }

  @Put('users/:id/logout')
  @HttpCode(204)
  async logout(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.accounts.revokeSessions(app, id);
  }

  @Put('users/:id/password')
  @HttpCode(204)
  async setPassword(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() { password }: PasswordDto,
  ): Promise<void> {
    await this.emailUsers.setPassword(app, id, password);
  }

  @Post('users/:id/send_reset')
  @HttpCode(202)
  async sendReset(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, never>> {
    await this.resets.sendTo(app, id);
    return {};
  }

  @Patch('users/:id/reset_email')
  @HttpCode(204)
  async changeEmail(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() { email }: ResetEmailDto,
  ): Promise<void> {
    await this.emailUsers.changeEmail(app, id, email);
  }
}
