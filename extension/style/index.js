import './index.css';
import './panel.css';
import './area.css';
import './cells.css';
