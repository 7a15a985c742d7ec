import { Component } from '@angular/core';
@Component({ selector: 'mw-compare-page', template: '' })
export class ComparePage {}
