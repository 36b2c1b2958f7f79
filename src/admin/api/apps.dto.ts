import { IsIn, IsOptional, IsString } from 'class-validator';

export const PRODUCTS = ['standard', 'atlas', 'data-api', 'device-sync'] as const;

/** The name's own rule is the service's. `template_id`, `data_source`, `sync` and the like pass by. */
export class CreateAppDto {
  @IsString({ message: "'name' is a required string" })
  name!: string;

  @IsOptional()
  @IsString({ message: "'location' must be a string" })
  location?: string;

  @IsOptional()
  @IsIn(['GLOBAL', 'LOCAL'], { message: "'deployment_model' must be GLOBAL or LOCAL" })
  deployment_model?: string;

  @IsOptional()
  @IsString({ message: "'provider_region' must be a string" })
  provider_region?: string;

  @IsOptional()
  @IsIn(['', 'development', 'testing', 'qa', 'production'], {
    message: "'environment' must be development, testing, qa or production",
  })
  environment?: string;
}

/** `product` of a query; what is empty or unknown counts as `standard`. */
export function productsIn(value: unknown): string[] {
  const given = [value].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : []));
  const known = given.filter((product) => (PRODUCTS as readonly string[]).includes(product));
  return known.length > 0 ? known : ['standard'];
}
