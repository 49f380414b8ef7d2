"""What is drawn: everything that imports streamlit or altair. It computes nothing and holds no model."""
