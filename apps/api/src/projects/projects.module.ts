import { Module } from '@nestjs/common';

/** Projects and their members. */
@Module({})
export class ProjectsModule {}
