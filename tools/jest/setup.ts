// The throttler is still CommonJS: Nest must be loaded as ESM before it is required, or the module cycle fails.
import '@nestjs/common';
import '@nestjs/core';
import 'reflect-metadata';
