/** The script of the app's pages. */
import { type HomeData, home } from './home.ts';
import { status } from './status.ts';

const homeRoot = document.getElementById('signed-in');
const homeData = document.getElementById('home-data');
if (homeRoot && homeData) home(homeRoot, JSON.parse(homeData.textContent) as HomeData);

const statusRoot = document.getElementById('status');
if (statusRoot) status(statusRoot);
