import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openTestDatabase } from '../../testing/test-database.js';
import { booleans, doubles, integers, smallints, texts, times, uuids } from './binary-arrays.js';
