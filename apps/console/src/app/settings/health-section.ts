import { Component } from '@angular/core';

@Component({ selector: 'mw-health-section', template: '', styleUrl: './sections.scss' })
export class HealthSection {}
